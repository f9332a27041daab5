using Holdfast.Isa.Abi;
using static Holdfast.Isa.Abi.AttachType;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Cgroup program types but cgroup_skb (net/core/filter.c, kernel/bpf/cgroup.c).</summary>
internal static class CgroupTypes
{
    private static readonly HelperPrototype[] CgroupBase = [TracingHelpers.EventOutput, CgroupHelpers.LocalStorage, .. CgroupHelpers.ReturnValue];

    private static readonly HelperPrototype[] OnSock =
        [.. CgroupBase, GeneralHelpers.KtimeCoarse, SocketHelpers.Cookie, SocketHelpers.StorageGetOfContext, SocketHelpers.NetnsCookie];

    private static readonly HelperPrototype[] OnSockAddr =
    [
        .. CgroupBase, GeneralHelpers.KtimeCoarse, .. SocketHelpers.Casts, SocketHelpers.Cookie, SocketHelpers.NetnsCookie,
        SocketHelpers.SetOption, SocketHelpers.GetOption, SocketHelpers.Bind, .. SocketHelpers.Lookup, SocketHelpers.Release,
        SocketHelpers.StorageGet, SocketHelpers.StorageDelete,
    ];

    private static readonly HelperPrototype[] OnSockOps =
    [
        TracingHelpers.EventOutput, CgroupHelpers.LocalStorage, GeneralHelpers.KtimeCoarse, .. SocketHelpers.Casts, SocketHelpers.Cookie,
        SocketHelpers.NetnsCookie, SocketHelpers.SetOption, SocketHelpers.GetOption, .. SocketHelpers.SockOps, SocketHelpers.Tcp,
        SocketHelpers.StorageGet, SocketHelpers.StorageDelete,
    ];

    private static readonly HelperPrototype[] OnSockopt =
    [
        .. CgroupBase, SocketHelpers.SetOptionOfSock, SocketHelpers.GetOptionOfSock, SocketHelpers.NetnsCookie, SocketHelpers.Tcp,
        SocketHelpers.StorageGet, SocketHelpers.StorageDelete,
    ];

    /// <summary>All of them.</summary>
    public static KernelProgramType[] All { get; } =
    [
        new(ProgramType.CgroupSock, "cgroup_sock", CgroupLayouts.Sock, new(OnSock)) { Returns = ReturnRanges.ZeroOrOne },
        new(ProgramType.CgroupSockAddr, "cgroup_sock_addr", CgroupLayouts.SockAddr, new(OnSockAddr))
        {
            Returns = ReturnRanges.SockAddr,
            Offers = static (helper, request) => OffersReturnValue(helper, request) && (helper != HelperId.Bind || IsConnect(request.AttachType)),
        },
        new(ProgramType.SockOps, "sock_ops", CgroupLayouts.SockOps, new(OnSockOps)) { Returns = ReturnRanges.ZeroOrOne },
        new(ProgramType.CgroupDevice, "cgroup_device", CgroupLayouts.Device, new(CgroupBase)) { Returns = ReturnRanges.ZeroOrOne, Offers = OffersReturnValue },
        new(ProgramType.CgroupSysctl, "cgroup_sysctl", CgroupLayouts.Sysctl, new([.. CgroupBase, GeneralHelpers.KtimeCoarse, .. CgroupHelpers.Sysctl]))
        {
            Returns = ReturnRanges.ZeroOrOne,
            Offers = OffersReturnValue,
        },
        new(ProgramType.CgroupSockopt, "cgroup_sockopt", CgroupLayouts.Sockopt, new(OnSockopt))
        {
            Returns = ReturnRanges.ZeroOrOne,
            Packets = PacketAccess.Unrestricted,
            Offers = static (helper, request) => helper is not (HelperId.Setsockopt or HelperId.Getsockopt) || request.AttachType == CgroupSetsockopt,
        },
    ];

    /// <summary>Hooks that have no return value of their own can't read or set it (<c>cgroup_common_func_proto</c>).</summary>
    public static bool OffersReturnValue(HelperId helper, VerificationRequest request) =>
        helper is not (HelperId.GetRetval or HelperId.SetRetval) || request.AttachType is not (
            CgroupInetIngress or CgroupInetEgress or CgroupSockOps
            or CgroupUdp4Recvmsg or CgroupUdp6Recvmsg or CgroupUnixRecvmsg
            or CgroupInet4Getpeername or CgroupInet6Getpeername or CgroupUnixGetpeername
            or CgroupInet4Getsockname or CgroupInet6Getsockname or CgroupUnixGetsockname);

    private static bool IsConnect(AttachType type) => type is CgroupInet4Connect or CgroupInet6Connect;
}
