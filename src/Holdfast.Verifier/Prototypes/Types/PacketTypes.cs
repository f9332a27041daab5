using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Program types on packets and sockets (net/core/filter.c).</summary>
internal static class PacketTypes
{
    private static readonly HelperPrototype[] SocketBase = [.. SocketHelpers.Casts, GeneralHelpers.KtimeCoarse];

    private static readonly HelperPrototype[] OnSocketFilter =
    [
        .. SocketBase, TracingHelpers.EventOutput, PacketHelpers.LoadBytes, PacketHelpers.LoadBytesRelative,
        SocketHelpers.Cookie, SocketHelpers.Uid, SocketHelpers.NetnsCookie,
    ];

    private static readonly HelperPrototype[] OnTrafficControl =
    [
        .. OnSocketFilter, PacketHelpers.StoreBytes, PacketHelpers.L3Csum, PacketHelpers.L4Csum, PacketHelpers.CloneTo,
        PacketHelpers.VlanPush, PacketHelpers.VlanPop, .. PacketHelpers.Tunnel, PacketHelpers.RedirectTo, PacketHelpers.RouteRealm,
        PacketHelpers.Diff, PacketHelpers.ChangeProto, PacketHelpers.ChangeType, PacketHelpers.SkbUnderCgroupMap, PacketHelpers.SkbClassid,
        PacketHelpers.HashRecalc, PacketHelpers.ChangeTail, PacketHelpers.PullData, PacketHelpers.Update, PacketHelpers.HashInvalid,
        PacketHelpers.ChangeHead, PacketHelpers.HashSet, PacketHelpers.AdjustRoom, PacketHelpers.FibLookup, PacketHelpers.CheckMtu,
        PacketHelpers.CgroupId, PacketHelpers.AncestorCgroupId, PacketHelpers.Level, PacketHelpers.EcnSetCe, .. PacketHelpers.TrafficControl,
        .. SocketHelpers.Lookup, SocketHelpers.Release, SocketHelpers.Fullsock, SocketHelpers.Tcp, SocketHelpers.Listener,
        .. SocketHelpers.Syncookies, SocketHelpers.StorageGet, SocketHelpers.StorageDelete, SocketHelpers.Assign,
    ];

    private static readonly HelperPrototype[] OnCgroupSkb =
    [
        .. OnSocketFilter, CgroupHelpers.LocalStorage, .. CgroupHelpers.ReturnValue, SocketHelpers.Fullsock, SocketHelpers.StorageGet, SocketHelpers.StorageDelete,
        PacketHelpers.CgroupId, PacketHelpers.AncestorCgroupId, CgroupHelpers.SockCgroupId, CgroupHelpers.SockAncestorCgroupId,
        .. SocketHelpers.Lookup, SocketHelpers.Release, SocketHelpers.Tcp, SocketHelpers.Listener, PacketHelpers.EcnSetCe,
    ];

    private static readonly HelperPrototype[] OnXdp =
    [
        .. SocketBase, TracingHelpers.EventOutput, .. PacketHelpers.Xdp, PacketHelpers.RedirectTo, PacketHelpers.Diff,
        PacketHelpers.FibLookup, PacketHelpers.CheckMtu, .. SocketHelpers.Lookup, SocketHelpers.Release, .. SocketHelpers.Syncookies,
    ];

    private static readonly HelperPrototype[] OnTunnel =
    [
        .. SocketBase, TracingHelpers.EventOutput, PacketHelpers.RouteRealm, PacketHelpers.LoadBytes, PacketHelpers.Diff,
        PacketHelpers.SkbUnderCgroupMap, PacketHelpers.HashRecalc, PacketHelpers.PullData, PacketHelpers.SkbClassid,
    ];

    private static readonly HelperPrototype[] OnTunnelXmit =
    [
        .. OnTunnel, PacketHelpers.PushEncap, PacketHelpers.StoreBytes, PacketHelpers.L3Csum, PacketHelpers.L4Csum, PacketHelpers.CloneTo,
        .. PacketHelpers.Tunnel, PacketHelpers.RedirectTo, PacketHelpers.ChangeTail, PacketHelpers.ChangeHead, PacketHelpers.Update,
        PacketHelpers.Level, PacketHelpers.HashInvalid,
    ];

    private static readonly HelperPrototype[] OnStream =
    [
        .. SocketBase, TracingHelpers.EventOutput, PacketHelpers.StoreBytes, PacketHelpers.LoadBytes, PacketHelpers.ChangeTail,
        PacketHelpers.PullData, PacketHelpers.ChangeHead, PacketHelpers.AdjustRoom, SocketHelpers.Cookie, SocketHelpers.Uid,
        .. SocketHelpers.StreamRedirect, .. SocketHelpers.Lookup, SocketHelpers.Release,
    ];

    private static readonly HelperPrototype[] OnMessage =
    [
        .. SocketBase, TracingHelpers.EventOutput, .. SocketHelpers.Message, SocketHelpers.StorageGet, SocketHelpers.StorageDelete,
        SocketHelpers.NetnsCookie,
    ];

    private static readonly HelperPrototype[] OnReuseport =
    [
        GeneralHelpers.KtimeCoarse, PacketHelpers.LoadBytes, PacketHelpers.LoadBytesRelative, SocketHelpers.PointerCookie, SocketHelpers.SelectReuseport,
    ];

    private static readonly HelperPrototype[] OnSocketLookup =
        [.. SocketBase, TracingHelpers.EventOutput, SocketHelpers.AssignLookup, SocketHelpers.Release];

    /// <summary>All of them.</summary>
    public static KernelProgramType[] All { get; } =
    [
        new(ProgramType.SocketFilter, "socket_filter", SkBuffLayouts.SocketFilter, new(OnSocketFilter)),
        new(ProgramType.SchedCls, "sched_cls", SkBuffLayouts.TrafficControl, new(OnTrafficControl)) { Packets = PacketAccess.ReadWrite },
        new(ProgramType.SchedAct, "sched_act", SkBuffLayouts.TrafficControl, new(OnTrafficControl)) { Packets = PacketAccess.ReadWrite },
        new(ProgramType.Xdp, "xdp", PacketLayouts.Xdp, new(OnXdp)) { Packets = PacketAccess.ReadWrite },
        new(ProgramType.CgroupSkb, "cgroup_skb", SkBuffLayouts.CgroupSkb, new(OnCgroupSkb))
        {
            Packets = PacketAccess.Read,
            Returns = ReturnRanges.CgroupSkb,
            Offers = CgroupTypes.OffersReturnValue,
        },
        new(ProgramType.LwtIn, "lwt_in", SkBuffLayouts.Tunnel, new([.. OnTunnel, PacketHelpers.PushEncap])) { Packets = PacketAccess.Read },
        new(ProgramType.LwtOut, "lwt_out", SkBuffLayouts.Tunnel, new(OnTunnel)) { Packets = PacketAccess.Read },
        new(ProgramType.LwtXmit, "lwt_xmit", SkBuffLayouts.Tunnel, new(OnTunnelXmit)) { Packets = PacketAccess.ReadWrite },
        new(ProgramType.LwtSeg6local, "lwt_seg6local", SkBuffLayouts.Tunnel, new([.. OnTunnel, .. PacketHelpers.Segment])) { Packets = PacketAccess.Read },
        new(ProgramType.SkSkb, "sk_skb", SkBuffLayouts.Stream, new(OnStream)) { Packets = PacketAccess.ReadWrite },
        new(ProgramType.SkMsg, "sk_msg", PacketLayouts.Message, new(OnMessage)) { Packets = PacketAccess.ReadWrite },
        new(ProgramType.SkReuseport, "sk_reuseport", PacketLayouts.Reuseport, new(OnReuseport)) { Packets = PacketAccess.Read },
        new(ProgramType.SkLookup, "sk_lookup", PacketLayouts.SocketLookup, new(OnSocketLookup)) { Returns = ReturnRanges.ZeroOrOne },
        new(ProgramType.FlowDissector, "flow_dissector", SkBuffLayouts.FlowDissector, new([.. SocketBase, PacketHelpers.LoadBytes])) { Packets = PacketAccess.Read },
        new(ProgramType.Netfilter, "netfilter", PacketLayouts.Netfilter, new()) { Returns = ReturnRanges.ZeroOrOne },
    ];
}
