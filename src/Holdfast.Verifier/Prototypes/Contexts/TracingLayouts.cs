using static Holdfast.Verifier.Prototypes.FieldAccess;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Contexts of observation, and of programs that run as a system call.</summary>
internal static class TracingLayouts
{
    /// <summary><c>struct pt_regs</c> of x86-64.</summary>
    private const int RegistersBytes = 168;

    /// <summary>Registers, at any aligned offset and size.</summary>
    public static ContextLayout Kprobe { get; } = new FieldLayout("pt_regs", RegistersBytes, new ContextField("regs", 0, RegistersBytes, Read | AnySize));

    public static ContextLayout PerfEvent { get; } = new FieldLayout(
        "bpf_perf_event_data",
        RegistersBytes + 16,
        new("regs", 0, RegistersBytes, Read, 8),
        new("sample_period", RegistersBytes, 8, Read | Narrow),
        new("addr", RegistersBytes + 8, 8, Read | Narrow));

    /// <summary>The record without its first 8 bytes; at most <c>PERF_MAX_TRACE_SIZE</c>.</summary>
    public static ContextLayout Tracepoint { get; } = new FieldLayout("tracepoint", 8192, new ContextField("record", 8, 8192 - 8, Read | AnySize));

    /// <summary>Up to 12 arguments of 8 bytes (<c>MAX_BPF_FUNC_ARGS</c>).</summary>
    public static ContextLayout RawTracepoint { get; } = new FieldLayout("bpf_raw_tracepoint_args", 96, new ContextField("args", 0, 96, Read | AnySize));

    /// <summary>As above, but at offset 0 is a buffer that may be written (loads from offset 1 on are plain, as the kernel has it).</summary>
    public static ContextLayout RawTracepointWritable { get; } = new FieldLayout(
        "bpf_raw_tracepoint_args",
        96,
        new("buffer", 0, 1, Read, 8, Kind: ContextFieldKind.TracepointBuffer),
        new("args", 1, 95, Read | AnySize));

    /// <summary>Whatever the caller passes; how much it was is checked when it runs.</summary>
    public static ContextLayout Syscall { get; } = new FieldLayout("syscall", ushort.MaxValue, new ContextField("args", 0, ushort.MaxValue + 8, Read | Write | AnySize));

    /// <summary>One sample of an infra-red receiver.</summary>
    public static ContextLayout LircMode2 { get; } = new FieldLayout("lirc_mode2", 4, new ContextField("sample", 0, 4, Read));
}
