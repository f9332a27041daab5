using Holdfast.Isa.Abi;
using static Holdfast.Isa.Abi.AttachType;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Program types of observation, and syscall programs (kernel/trace/bpf_trace.c, kernel/bpf/syscall.c).</summary>
internal static class TracingTypes
{
    private static readonly HelperPrototype[] OnProbe =
    [
        .. TracingHelpers.Common, TracingHelpers.EventOutput, TracingHelpers.StackId, TracingHelpers.Stack, TracingHelpers.FuncIp,
        TracingHelpers.AttachCookie,
    ];

    private static readonly HelperPrototype[] OnPerfEvent =
    [
        .. OnProbe.Where(row => row.Id != HelperId.GetStackid), TracingHelpers.PerfEventStackId, TracingHelpers.PerfValue, TracingHelpers.BranchRecords,
    ];

    internal static readonly HelperPrototype[] OnTyped =
    [
        .. OnProbe, .. TracingHelpers.Typed, .. SocketHelpers.Casts,
    ];

    /// <summary>All but the BTF-typed ones.</summary>
    public static KernelProgramType[] All { get; } =
    [
        new(ProgramType.Kprobe, "kprobe", TracingLayouts.Kprobe, new(OnProbe))
        {
            Returns = ReturnRanges.Kprobe,
            Instead = static (helper, request) => helper == HelperId.GetFuncIp && IsMulti(request.AttachType) ? TracingHelpers.MultiFuncIp : null,
        },
        new(ProgramType.Tracepoint, "tracepoint", TracingLayouts.Tracepoint, new(OnProbe)),
        new(ProgramType.PerfEvent, "perf_event", TracingLayouts.PerfEvent, new(OnPerfEvent)),
        new(ProgramType.RawTracepoint, "raw_tracepoint", TracingLayouts.RawTracepoint, new(OnProbe)) { Returns = ReturnRanges.RawTracepoint },
        new(ProgramType.RawTracepointWritable, "raw_tracepoint_writable", TracingLayouts.RawTracepointWritable, new(OnProbe)),
        new(ProgramType.Syscall, "syscall", TracingLayouts.Syscall, new([.. OnTyped.Where(row => row.Id != HelperId.GetAttachCookie), .. TracingHelpers.Syscall])),
        new(ProgramType.LircMode2, "lirc_mode2", TracingLayouts.LircMode2, new(PacketHelpers.Lirc)),
    ];

    private static bool IsMulti(AttachType type) => type is TraceKprobeMulti or TraceKprobeSession or TraceUprobeMulti or TraceUprobeSession;
}
