using System.Text.Json.Nodes;

namespace Holdfast.Cli.Comparing;

/// <summary>Where the engines do not do the same.</summary>
/// <param name="What">E.g. <c>verdict</c>, <c>packet 3: return value</c>, <c>map 'flows', key 0a</c>.</param>
/// <param name="Kernel">What the kernel gave.</param>
/// <param name="User">What the userspace engine gave.</param>
internal sealed record Difference(string What, string Kernel, string User)
{
    /// <summary>As JSON.</summary>
    public JsonObject Json() => new() { ["what"] = What, ["kernel"] = Kernel, ["user"] = User };

    /// <inheritdoc/>
    public override string ToString() => $"{What}: kernel {Kernel}, user {User}";
}
