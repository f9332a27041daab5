namespace Holdfast.Cli.Replay;

/// <summary>What came of one program.</summary>
internal sealed record ReplayResult
{
    /// <summary>The record's id.</summary>
    public required string Id { get; init; }

    /// <summary>Program type.</summary>
    public required string Type { get; init; }

    /// <summary>How it compares.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>What the kernel said: <c>accept</c>, or <c>reject</c> with error and message.</summary>
    public required string Kernel { get; init; }

    /// <summary>What we said.</summary>
    public required string Ours { get; init; }

    /// <summary>What differs, or why it can't run here; empty if all is the same.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Recorded runs.</summary>
    public int Runs { get; init; }

    /// <summary>Runs that gave what was recorded.</summary>
    public int RunsAgreed { get; init; }

    /// <summary>For a program that both reject: whether for a reason of the same class.</summary>
    public bool? SameReason { get; init; }
}
