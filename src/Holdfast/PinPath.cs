using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>How a name given by a user becomes a path.</summary>
internal static class PinPath
{
    /// <summary>A path that starts with <c>/</c> or <c>.</c> is taken as it is; anything else is a name in the default mount.</summary>
    public static string Resolve(IBpfEngine engine, string path) =>
        path.StartsWith('/') || path.StartsWith('.') ? Path.GetFullPath(path) : Path.Combine(engine.DefaultMount, path);
}
