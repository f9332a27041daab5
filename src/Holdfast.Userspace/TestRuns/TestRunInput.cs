namespace Holdfast.Userspace.TestRuns;

/// <summary>What BPF_PROG_TEST_RUN was given, copied into private memory.</summary>
internal sealed record TestRunInput
{
    /// <summary>The packet; empty if none was given.</summary>
    public required byte[] Data { get; init; }

    /// <summary>The context; null if none was given.</summary>
    public required byte[]? Context { get; init; }

    /// <summary>Room for the packet afterwards, in bytes (<c>data_size_out</c>).</summary>
    public uint DataRoom { get; init; }

    /// <summary>Room for the context afterwards, in bytes.</summary>
    public uint ContextRoom { get; init; }

    /// <summary>How often to run; 0 counts as 1.</summary>
    public uint Repeat { get; init; }

    /// <summary>Flags of the command.</summary>
    public uint Flags { get; init; }

    /// <summary>CPU asked for (raw tracepoints).</summary>
    public uint Cpu { get; init; }

    /// <summary>Batch size (live frames).</summary>
    public uint BatchSize { get; init; }
}
