using static Holdfast.Isa.Abi.HelperId;
using static Holdfast.Verifier.Prototypes.HelperNotation;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Helpers on packets: <c>skb_*</c>, <c>xdp_*</c>, checksums, redirection, tunnels (net/core/filter.c).</summary>
internal static class PacketHelpers
{
    public static HelperPrototype LoadBytes { get; } = Row(SkbLoadBytes, [Ctx, Any, Out, Size]);

    public static HelperPrototype LoadBytesRelative { get; } = Row(SkbLoadBytesRelative, [Ctx, Any, Out, Size, Any]);

    public static HelperPrototype StoreBytes { get; } = Row(SkbStoreBytes, [Ctx, Any, In, Size, Any], Moves);

    public static HelperPrototype PullData { get; } = Row(SkbPullData, [Ctx, Any], Moves);

    public static HelperPrototype L3Csum { get; } = Row(L3CsumReplace, [Ctx, Any, Any, Any, Any], Moves);

    public static HelperPrototype L4Csum { get; } = Row(L4CsumReplace, [Ctx, Any, Any, Any, Any], Moves);

    public static HelperPrototype Diff { get; } = Row(CsumDiff, [InOrNull, SizeOrZero, InOrNull, SizeOrZero, Any], Packet);

    public static HelperPrototype Update { get; } = Row(CsumUpdate, [Ctx, Any]);

    public static HelperPrototype Level { get; } = Row(CsumLevel, [Ctx, Any]);

    public static HelperPrototype CloneTo { get; } = Row(CloneRedirect, [Ctx, Any, Any], Moves);

    public static HelperPrototype RedirectTo { get; } = Row(Redirect, [Any, Any]);

    public static HelperPrototype VlanPush { get; } = Row(SkbVlanPush, [Ctx, Any, Any], Moves);

    public static HelperPrototype VlanPop { get; } = Row(SkbVlanPop, [Ctx], Moves);

    public static HelperPrototype ChangeProto { get; } = Row(SkbChangeProto, [Ctx, Any, Any], Moves);

    public static HelperPrototype ChangeType { get; } = Row(SkbChangeType, [Ctx, Any]);

    public static HelperPrototype ChangeTail { get; } = Row(SkbChangeTail, [Ctx, Any, Any], Moves);

    public static HelperPrototype ChangeHead { get; } = Row(SkbChangeHead, [Ctx, Any, Any], Moves);

    public static HelperPrototype AdjustRoom { get; } = Row(SkbAdjustRoom, [Ctx, Any, Any, Any], Moves);

    public static HelperPrototype HashRecalc { get; } = Row(GetHashRecalc, [Ctx]);

    public static HelperPrototype HashInvalid { get; } = Row(SetHashInvalid, [Ctx]);

    public static HelperPrototype HashSet { get; } = Row(SetHash, [Ctx, Any]);

    public static HelperPrototype RouteRealm { get; } = Row(GetRouteRealm, [Ctx]);

    /// <summary>The class of the packet's socket; elsewhere the helper of this number asks for the current task's.</summary>
    public static HelperPrototype SkbClassid { get; } = Row(GetCgroupClassid, [Ctx]);

    public static HelperPrototype SkbUnderCgroupMap { get; } = Row(SkbUnderCgroup, [Ctx, Map, Any]);

    public static HelperPrototype FibLookup { get; } = Row(Holdfast.Isa.Abi.HelperId.FibLookup, [Ctx, InOut, Size, Any], Gpl);

    public static HelperPrototype CheckMtu { get; } = Row(Holdfast.Isa.Abi.HelperId.CheckMtu, [Ctx, Any, InOutNumber(4), Any, Any], Gpl);

    public static HelperPrototype EcnSetCe { get; } = Row(SkbEcnSetCe, [Ctx]);

    public static HelperPrototype CgroupId { get; } = Row(SkbCgroupId, [Ctx]);

    public static HelperPrototype AncestorCgroupId { get; } = Row(SkbAncestorCgroupId, [Ctx, Any]);

    public static HelperPrototype[] Tunnel { get; } =
    [
        Row(SkbGetTunnelKey, [Ctx, Out, Size, Any]),
        Row(SkbSetTunnelKey, [Ctx, In, Size, Any]),
        Row(SkbGetTunnelOpt, [Ctx, Out, Size]),
        Row(SkbSetTunnelOpt, [Ctx, In, Size]),
    ];

    /// <summary>Only for sched_cls and sched_act.</summary>
    public static HelperPrototype[] TrafficControl { get; } =
    [
        Row(SkbGetXfrmState, [Ctx, Any, Out, Size, Any]),
        Row(SkbCgroupClassid, [Ctx]),
        Row(RedirectNeigh, [Any, InOrNull, SizeOrZero, Any]),
        Row(RedirectPeer, [Any, Any]),
        Row(SkbSetTstamp, [Ctx, Any, Any]),
    ];

    public static HelperPrototype[] Xdp { get; } =
    [
        Row(XdpAdjustHead, [Ctx, Any], Moves),
        Row(XdpAdjustMeta, [Ctx, Any], Moves),
        Row(XdpAdjustTail, [Ctx, Any], Moves),
        Row(RedirectMap, [Map, Any, Any]),
        Row(XdpGetBuffLen, [Ctx]),
        Row(XdpLoadBytes, [Ctx, Any, Out, Size]),
        Row(XdpStoreBytes, [Ctx, Any, In, Size]),
    ];

    public static HelperPrototype PushEncap { get; } = Row(LwtPushEncap, [Ctx, Any, In, Size], Moves);

    public static HelperPrototype[] Segment { get; } =
    [
        Row(LwtSeg6StoreBytes, [Ctx, Any, In, Size], Moves),
        Row(LwtSeg6AdjustSrh, [Ctx, Any, Any], Moves),
        Row(LwtSeg6Action, [Ctx, Any, In, Size], Moves),
    ];

    /// <summary>For infra-red decoders (drivers/media/rc/bpf-lirc.c).</summary>
    public static HelperPrototype[] Lirc { get; } =
    [
        Row(RcRepeat, [Ctx], Gpl),
        Row(RcKeydown, [Ctx, Any, Any, Any], Gpl),
        Row(RcPointerRel, [Ctx, Any, Any], Gpl),
    ];
}
