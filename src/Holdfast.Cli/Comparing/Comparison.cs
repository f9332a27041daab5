using System.Text.Json.Nodes;

namespace Holdfast.Cli.Comparing;

/// <summary>What came of comparing one program.</summary>
/// <param name="Program">Its name.</param>
/// <param name="Kernel">What the kernel did with it.</param>
/// <param name="User">What the userspace engine did with it.</param>
internal sealed record Comparison(string Program, Trial Kernel, Trial User)
{
    /// <summary>Where they differ.</summary>
    public required IReadOnlyList<Difference> Differences { get; init; }

    /// <summary>Whether both engines judged the program.</summary>
    public bool WasCompared => Kernel.Outcome != LoadOutcome.Unavailable && User.Outcome != LoadOutcome.Unavailable;

    /// <summary>Test runs that both engines made.</summary>
    public int Runs => Math.Min(Kernel.Runs.Count, User.Runs.Count);

    /// <summary>Why the program was not compared; else empty.</summary>
    public string Note => WasCompared ? "" : "not compared: " + string.Join("; ", new[] { Kernel, User }
        .Where(trial => trial.Outcome == LoadOutcome.Unavailable)
        .Select(trial => $"{trial.Engine}: {trial.Reason}"));

    /// <summary>As JSON.</summary>
    /// <param name="file">The object's file.</param>
    public JsonObject Json(string file) => new()
    {
        ["file"] = file,
        ["program"] = Program,
        ["kernel"] = Kernel.Verdict,
        ["user"] = User.Verdict,
        ["runs"] = Runs,
        ["note"] = Note.Length > 0 ? Note : null,
        ["differences"] = new JsonArray([.. Differences.Select(difference => difference.Json())]),
    };
}
