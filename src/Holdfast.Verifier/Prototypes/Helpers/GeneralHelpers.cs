using static Holdfast.Isa.Abi.HelperId;
using static Holdfast.Verifier.Prototypes.HelperNotation;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Helpers that have nothing to do with a hook: time, random numbers, text, ids, loops (kernel/bpf/helpers.c).</summary>
internal static class GeneralHelpers
{
    /// <summary>For everyone.</summary>
    public static HelperPrototype[] Basic { get; } =
    [
        Row(GetPrandomU32, []),
        Row(GetSmpProcessorId, [], Fast),
        Row(GetNumaNodeId, []),
        Row(KtimeGetNs, []),
        Row(KtimeGetBootNs, []),
        Row(KtimeGetTaiNs, []),
        Row(Strncmp, [In, Size, ConstString]),
        Row(Strtol, [In, Size, Any, OutNumber(8)]),
        Row(Strtoul, [In, Size, Any, OutNumber(8)]),
        Row(GetCurrentPidTgid, []),
        Row(GetNsCurrentPidTgid, [Any, Any, Out, Size]),
        Row(GetCurrentUidGid, []),
    ];

    /// <summary>For loaders with CAP_BPF.</summary>
    public static HelperPrototype[] Advanced { get; } =
    [
        Row(Jiffies64, []),
        Row(PerCpuPtr, new(ReturnType.PointerToMemoryOrBtfId, ReturnFlags.MaybeNull | ReturnFlags.ReadOnly), [PerCpu, Any]),
        Row(ThisCpuPtr, new(ReturnType.PointerToMemoryOrBtfId, ReturnFlags.ReadOnly), [PerCpu]),
        Row(Loop, [Any, Callback, StackOrNull, Any]),
        Row(GetCurrentCgroupId, []),
        Row(GetCurrentAncestorCgroupId, [Any]),
        Row(GetCgroupClassid, []),
    ];

    /// <summary>What most networking types add (<c>bpf_sk_base_func_proto</c> and neighbours).</summary>
    public static HelperPrototype KtimeCoarse { get; } = Row(KtimeGetCoarseNs, []);
}
