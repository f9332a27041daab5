namespace Holdfast.Isa.Abi;

/// <summary>What BPF_PROG_TEST_RUN is given, in spans.</summary>
public ref struct TestRunRequest
{
    /// <summary>Packet in.</summary>
    public ReadOnlySpan<byte> DataIn { get; set; }

    /// <summary>Receives the packet.</summary>
    public Span<byte> DataOut { get; set; }

    /// <summary>Context in.</summary>
    public ReadOnlySpan<byte> ContextIn { get; set; }

    /// <summary>Receives the context.</summary>
    public Span<byte> ContextOut { get; set; }

    /// <summary>How often to run; 0 counts as 1.</summary>
    public uint Repeat { get; set; }

    /// <summary><c>BPF_F_TEST_*</c> flags.</summary>
    public uint Flags { get; set; }

    /// <summary>CPU to run on, with <c>BPF_F_TEST_RUN_ON_CPU</c>.</summary>
    public uint Cpu { get; set; }

    /// <summary>Frames a batch, for live XDP frames.</summary>
    public uint BatchSize { get; set; }
}
