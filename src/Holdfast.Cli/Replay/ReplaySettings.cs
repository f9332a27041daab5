namespace Holdfast.Cli.Replay;

/// <summary>What is replayed, and how.</summary>
internal sealed record ReplaySettings
{
    /// <summary>The recordings.</summary>
    public required IReadOnlyList<FileInfo> Files { get; init; }

    /// <summary>Load into the running kernel in place of the userspace engine.</summary>
    public bool UseKernel { get; init; }

    /// <summary>Run by the interpreter.</summary>
    public bool UseInterpreter { get; init; }

    /// <summary>Only records whose id contains this.</summary>
    public string? Filter { get; init; }

    /// <summary>At most so many records a file.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>Threads.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 4);
}
