using static Holdfast.Isa.Abi.HelperId;
using static Holdfast.Verifier.Prototypes.HelperNotation;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Helpers of cgroup programs (kernel/bpf/cgroup.c).</summary>
internal static class CgroupHelpers
{
    public static HelperPrototype LocalStorage { get; } = Row(GetLocalStorage, MapValue, [Map, Any]);

    public static HelperPrototype[] ReturnValue { get; } =
    [
        Row(GetRetval, []),
        Row(SetRetval, [Any]),
    ];

    public static HelperPrototype[] Sysctl { get; } =
    [
        Row(SysctlGetName, [Ctx, InOut, Size, Any]),
        Row(SysctlGetCurrentValue, [Ctx, Out, Size]),
        Row(SysctlGetNewValue, [Ctx, Out, Size]),
        Row(SysctlSetNewValue, [Ctx, In, Size]),
    ];

    public static HelperPrototype SockCgroupId { get; } = Row(SkCgroupId, [BtfSock]);

    public static HelperPrototype SockAncestorCgroupId { get; } = Row(SkAncestorCgroupId, [BtfSock, Any]);
}
