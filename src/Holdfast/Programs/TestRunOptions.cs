namespace Holdfast;

/// <summary>Inputs of a test run (BPF_PROG_TEST_RUN).</summary>
public sealed record TestRunOptions
{
    /// <summary>The packet, for types that take one.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The context, for types that take one (<c>struct __sk_buff</c>, <c>struct xdp_md</c>, …); may be empty.</summary>
    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>How often to run, at least 1.</summary>
    public uint Repeat { get; init; } = 1;

    /// <summary>Flags of the command.</summary>
    public uint Flags { get; init; }

    /// <summary>Room for output data, in bytes; by default the input and 256 bytes.</summary>
    public int? DataOutCapacity { get; init; }
}
