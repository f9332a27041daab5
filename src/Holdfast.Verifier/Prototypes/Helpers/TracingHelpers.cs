using static Holdfast.Isa.Abi.HelperId;
using static Holdfast.Verifier.Prototypes.HelperNotation;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Helpers of observation (kernel/trace/bpf_trace.c).</summary>
internal static class TracingHelpers
{
    /// <summary>For every type, loaded with CAP_PERFMON.</summary>
    public static HelperPrototype[] Everywhere { get; } =
    [
        Row(TracePrintk, [In, Size], Gpl),
        Row(TraceVprintk, [In, Size, InOrNull, SizeOrZero], Gpl),
        Row(GetCurrentTask, [], Gpl),
        Row(GetCurrentTaskBtf, new(ReturnType.PointerToBtfId, ReturnFlags.Trusted, "task_struct"), [], Gpl),
        Row(GetCurrentComm, [Out, Size]),
        Row(ProbeReadUser, [Out, SizeOrZero, Any], Gpl),
        Row(ProbeReadKernel, [Out, SizeOrZero, Any], Gpl),
        Row(ProbeReadUserStr, [Out, SizeOrZero, Any], Gpl),
        Row(ProbeReadKernelStr, [Out, SizeOrZero, Any], Gpl),
        Row(CopyFromUser, [Out, SizeOrZero, Any], Sleeps),
        Row(CopyFromUserTask, [Out, SizeOrZero, Any, Kernel("task_struct"), Any], Gpl | Sleeps),
        Row(SnprintfBtf, [InOut, Size, In, Size, Any]),
        Row(Snprintf, [InOutOrNull, SizeOrZero, ConstString, InOrNull, SizeOrZero], Gpl),
        Row(TaskPtRegs, new(ReturnType.PointerToBtfId, BtfType: "pt_regs"), [Kernel("task_struct")], Gpl),
        Row(PerfEventReadValue, [Map, Any, Out, Size], Gpl),
        Row(PerfEventRead, [Map, Any], Gpl),
        Row(SendSignal, [Any]),
        Row(SendSignalThread, [Any]),
        Row(GetTaskStack, [Kernel("task_struct"), Out, SizeOrZero, Any]),
        Row(GetBranchSnapshot, [Out, SizeOrZero, Any], Gpl),
        Row(FindVma, [Kernel("task_struct"), Any, Callback, StackOrNull, Any]),
    ];

    /// <summary>For the tracing types.</summary>
    public static HelperPrototype[] Common { get; } =
    [
        Row(ProbeRead, [Out, SizeOrZero, Any], Gpl),
        Row(ProbeReadStr, [Out, SizeOrZero, Any], Gpl),
    ];

    /// <summary><c>bpf_perf_event_output</c>: the same arguments in every type.</summary>
    public static HelperPrototype EventOutput { get; } = Row(PerfEventOutput, [Ctx, Map, Any, In, SizeOrZero], Gpl);

    public static HelperPrototype StackId { get; } = Row(GetStackid, [Ctx, Map, Any], Gpl);

    /// <summary><c>bpf_get_stackid_proto_pe</c>: not bound to a licence.</summary>
    public static HelperPrototype PerfEventStackId { get; } = Row(GetStackid, [Ctx, Map, Any]);

    public static HelperPrototype Stack { get; } = Row(GetStack, [Ctx, Out, SizeOrZero, Any], Gpl);

    public static HelperPrototype FuncIp { get; } = Row(GetFuncIp, [Ctx], Gpl);

    /// <summary>On many functions at once it is not bound to a licence.</summary>
    public static HelperPrototype MultiFuncIp { get; } = Row(GetFuncIp, [Ctx]);

    public static HelperPrototype AttachCookie { get; } = Row(GetAttachCookie, [Ctx]);

    public static HelperPrototype Override { get; } = Row(OverrideReturn, [Ctx, Any], Gpl);

    public static HelperPrototype PerfValue { get; } = Row(PerfProgReadValue, [Ctx, Out, Size], Gpl);

    public static HelperPrototype BranchRecords { get; } = Row(ReadBranchRecords, [Ctx, InOutOrNull, SizeOrZero, Any], Gpl);

    /// <summary>For BTF-typed tracing (<c>tracing_prog_func_proto</c>).</summary>
    public static HelperPrototype[] Typed { get; } =
    [
        Row(SkbOutput, [Kernel("sk_buff"), Map, Any, In, SizeOrZero], Gpl),
        Row(XdpOutput, [Kernel("xdp_buff"), Map, Any, In, SizeOrZero], Gpl),
        Row(XdpGetBuffLen, [Kernel("xdp_buff")]),
        Row(SkStorageGet, MapValueOrNull, [Map, KernelOrNull("sock_common"), ValueOrNull, Any]),
        Row(SkStorageDelete, [Map, KernelOrNull("sock_common")]),
        Row(SockFromFile, BtfResultOrNull("socket"), [Kernel("file")]),
        Row(GetSocketCookie, [BtfSockOrNull]),
        Row(DPath, [Kernel("path"), InOut, SizeOrZero]),
    ];

    /// <summary>For iterators.</summary>
    public static HelperPrototype[] Iterator { get; } =
    [
        Row(SeqPrintf, [Kernel("seq_file"), In, Size, InOrNull, SizeOrZero], Gpl),
        Row(SeqWrite, [Kernel("seq_file"), In, SizeOrZero], Gpl),
        Row(SeqPrintfBtf, [Kernel("seq_file"), In, SizeOrZero, Any], Gpl),
    ];

    /// <summary>For programs on a trampoline (fentry, fexit, fmod_ret).</summary>
    public static HelperPrototype[] Trampoline { get; } =
    [
        Row(GetFuncArg, [Ctx, Any, OutNumber(8)]),
        Row(GetFuncRet, [Ctx, OutNumber(8)]),
        Row(GetFuncArgCnt, [Ctx]),
    ];

    /// <summary>For syscall programs.</summary>
    public static HelperPrototype[] Syscall { get; } =
    [
        Row(SysBpf, [Any, In, Size]),
        Row(BtfFindByNameKind, [In, Size, Any, Any]),
        Row(SysClose, [Any]),
        Row(KallsymsLookupName, [In, SizeOrZero, Any, OutNumber(8)]),
    ];

    /// <summary>For LSM programs.</summary>
    public static HelperPrototype[] Security { get; } =
    [
        Row(InodeStorageGet, MapValueOrNull, [Map, KernelOrNull("inode"), ValueOrNull, Any]),
        Row(InodeStorageDelete, [Map, KernelOrNull("inode")]),
        Row(BprmOptsSet, [Kernel("linux_binprm"), Any]),
        Row(ImaInodeHash, [Kernel("inode"), Out, Size], Sleeps),
        Row(ImaFileHash, [Kernel("file"), Out, Size], Sleeps),
    ];

    /// <summary>Not offered by a kernel in lockdown, nor by ours: <c>bpf_probe_write_user</c>.</summary>
    public static HelperPrototype WriteUser { get; } = Row(ProbeWriteUser, [Any, In, Size], Gpl);
}
