using static Holdfast.Isa.Abi.HelperId;
using static Holdfast.Verifier.Prototypes.HelperNotation;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Helpers on sockets, socket maps and messages (net/core/filter.c, net/core/sock_map.c).</summary>
internal static class SocketHelpers
{
    /// <summary>Casts that every networking type may do (<c>bpf_sk_base_func_proto</c>).</summary>
    public static HelperPrototype[] Casts { get; } =
    [
        Row(SkcToTcp6Sock, BtfResultOrNull("tcp6_sock"), [BtfSock]),
        Row(SkcToTcpSock, BtfResultOrNull("tcp_sock"), [BtfSock]),
        Row(SkcToTcpTimewaitSock, BtfResultOrNull("tcp_timewait_sock"), [BtfSock]),
        Row(SkcToTcpRequestSock, BtfResultOrNull("tcp_request_sock"), [BtfSock]),
        Row(SkcToUdp6Sock, BtfResultOrNull("udp6_sock"), [BtfSock]),
        Row(SkcToUnixSock, BtfResultOrNull("unix_sock"), [BtfSock]),
        Row(SkcToMptcpSock, BtfResultOrNull("mptcp_sock"), [SockCommon]),
    ];

    /// <summary>Lookups and the release of what they found.</summary>
    public static HelperPrototype[] Lookup { get; } =
    [
        Row(SkLookupTcp, NewSocketOrNull, [Ctx, In, SizeOrZero, Any, Any], Packet),
        Row(SkLookupUdp, NewSocketOrNull, [Ctx, In, SizeOrZero, Any, Any], Packet),
        Row(SkcLookupTcp, NewSockCommonOrNull, [Ctx, In, SizeOrZero, Any, Any], Packet),
    ];

    public static HelperPrototype Release { get; } = Row(SkRelease, [ReleasedSock]);

    public static HelperPrototype Fullsock { get; } = Row(SkFullsock, new(ReturnType.PointerToSocket, ReturnFlags.MaybeNull), [SockCommon]);

    public static HelperPrototype Tcp { get; } = Row(TcpSock, new(ReturnType.PointerToTcpSocket, ReturnFlags.MaybeNull), [SockCommon]);

    public static HelperPrototype Listener { get; } = Row(GetListenerSock, new(ReturnType.PointerToSocket, ReturnFlags.MaybeNull), [SockCommon]);

    public static HelperPrototype[] Syncookies { get; } =
    [
        Row(TcpCheckSyncookie, [BtfSock, In, Size, In, Size], Gpl | Packet),
        Row(TcpGenSyncookie, [BtfSock, In, Size, In, Size], Gpl | Packet),
        Row(TcpRawGenSyncookieIpv4, [FixedIn(20), In, SizeOrZero], Gpl | Packet),
        Row(TcpRawGenSyncookieIpv6, [FixedIn(40), In, SizeOrZero], Gpl | Packet),
        Row(TcpRawCheckSyncookieIpv4, [FixedIn(20), FixedIn(20)], Gpl | Packet),
        Row(TcpRawCheckSyncookieIpv6, [FixedIn(40), FixedIn(20)], Gpl | Packet),
    ];

    /// <summary>The cookie of the context's socket.</summary>
    public static HelperPrototype Cookie { get; } = Row(GetSocketCookie, [Ctx]);

    /// <summary>The cookie of a socket pointer (sk_reuseport, tracing).</summary>
    public static HelperPrototype PointerCookie { get; } = Row(GetSocketCookie, [BtfSockOrNull]);

    public static HelperPrototype Uid { get; } = Row(GetSocketUid, [Ctx]);

    public static HelperPrototype NetnsCookie { get; } = Row(GetNetnsCookie, [CtxOrNull]);

    public static HelperPrototype StorageGet { get; } = Row(SkStorageGet, MapValueOrNull, [Map, BtfSock, ValueOrNull, Any]);

    public static HelperPrototype StorageDelete { get; } = Row(SkStorageDelete, [Map, BtfSock]);

    /// <summary>In cgroup_sock the context is the socket.</summary>
    public static HelperPrototype StorageGetOfContext { get; } = Row(SkStorageGet, MapValueOrNull, [Map, Ctx, ValueOrNull, Any]);

    public static HelperPrototype SetOption { get; } = Row(Setsockopt, [Ctx, Any, Any, In, Size]);

    public static HelperPrototype GetOption { get; } = Row(Getsockopt, [Ctx, Any, Any, Out, Size]);

    /// <summary>On a socket pointer (cgroup_sockopt, LSM, struct_ops).</summary>
    public static HelperPrototype SetOptionOfSock { get; } = Row(Setsockopt, [BtfSock, Any, Any, In, Size]);

    public static HelperPrototype GetOptionOfSock { get; } = Row(Getsockopt, [BtfSock, Any, Any, Out, Size]);

    /// <summary>For sched_cls and sched_act.</summary>
    public static HelperPrototype Assign { get; } = Row(SkAssign, [Ctx, BtfSock, Any]);

    /// <summary>For sk_lookup.</summary>
    public static HelperPrototype AssignLookup { get; } = Row(SkAssign, [Ctx, SocketOrNull, Any]);

    public static HelperPrototype SelectReuseport { get; } = Row(SkSelectReuseport, [Ctx, Map, Key, Any]);

    public static HelperPrototype Bind { get; } = Row(Holdfast.Isa.Abi.HelperId.Bind, [Ctx, In, Size]);

    public static HelperPrototype SendAck { get; } = Row(TcpSendAck, [Kernel("tcp_sock"), Any], Gpl);

    public static HelperPrototype[] SockOps { get; } =
    [
        Row(SockOpsCbFlagsSet, [Ctx, Any]),
        Row(SockMapUpdate, [Ctx, Map, Key, Any], Packet),
        Row(SockHashUpdate, [Ctx, Map, Key, Any], Packet),
        Row(LoadHdrOpt, [Ctx, InOut, Size, Any]),
        Row(StoreHdrOpt, [Ctx, In, Size, Any], Moves),
        Row(ReserveHdrOpt, [Ctx, Any, Any]),
    ];

    public static HelperPrototype[] StreamRedirect { get; } =
    [
        Row(SkRedirectMap, [Ctx, Map, Any, Any]),
        Row(SkRedirectHash, [Ctx, Map, Key, Any]),
    ];

    public static HelperPrototype[] Message { get; } =
    [
        Row(MsgRedirectMap, [Ctx, Map, Any, Any]),
        Row(MsgRedirectHash, [Ctx, Map, Key, Any]),
        Row(MsgApplyBytes, [Ctx, Any]),
        Row(MsgCorkBytes, [Ctx, Any]),
        Row(MsgPullData, [Ctx, Any, Any, Any], Moves),
        Row(MsgPushData, [Ctx, Any, Any, Any], Moves),
        Row(MsgPopData, [Ctx, Any, Any, Any], Moves),
    ];
}
