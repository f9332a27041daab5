using Holdfast.Isa.Abi;
using static Holdfast.Verifier.Prototypes.FieldAccess;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Contexts of packets and messages other than <c>__sk_buff</c>.</summary>
internal static class PacketLayouts
{
    /// <summary>Slots: data, data_end, data_meta.</summary>
    public static ContextLayout Xdp { get; } = new FieldLayout(
        "xdp_md",
        24,
        new("data", 0, 4, Read, Kind: ContextFieldKind.PacketData) { Slot = 0 },
        new("data_end", 4, 4, Read, Kind: ContextFieldKind.PacketEnd) { Slot = 1 },
        new("data_meta", 8, 4, Read, Kind: ContextFieldKind.PacketMeta) { Slot = 2 },
        new("ingress_ifindex", 12, 4, Read),
        new("rx_queue_index", 16, 4, Read),
        new("egress_ifindex", 20, 4, Read) { When = static (request, _) => request.AttachType == AttachType.XdpDevMap });

    public static ContextLayout Message { get; } = new FieldLayout(
        "sk_msg_md",
        80,
        new("data", 0, 8, Read | AtStart, Kind: ContextFieldKind.PacketData),
        new("data_end", 8, 8, Read | AtStart, Kind: ContextFieldKind.PacketEnd),
        new("family", 16, 4, Read), new("remote_ip4", 20, 4, Read), new("local_ip4", 24, 4, Read),
        new("remote_ip6", 28, 16, Read, 4), new("local_ip6", 44, 16, Read, 4),
        new("remote_port", 60, 4, Read), new("local_port", 64, 4, Read), new("size", 68, 4, Read),
        new("sk", 72, 8, Read, Kind: ContextFieldKind.Socket));

    public static ContextLayout Reuseport { get; } = new FieldLayout(
        "sk_reuseport_md",
        56,
        new("data", 0, 8, Read, Kind: ContextFieldKind.PacketData),
        new("data_end", 8, 8, Read, Kind: ContextFieldKind.PacketEnd),
        new("len", 16, 4, Read | Narrow),
        new("eth_protocol", 20, 4, Read | Narrow) { MinimumSize = 2 },
        new("ip_protocol", 24, 4, Read | Narrow), new("bind_inany", 28, 4, Read | Narrow), new("hash", 32, 4, Read),
        new("sk", 40, 8, Read, Kind: ContextFieldKind.Socket),
        new("migrating_sk", 48, 8, Read, Kind: ContextFieldKind.SockCommon) { MaybeNull = true });

    public static ContextLayout SocketLookup { get; } = new FieldLayout(
        "bpf_sk_lookup",
        72,
        new("sk", 0, 8, Read, Kind: ContextFieldKind.Socket) { MaybeNull = true },
        new("family", 8, 4, Read | Narrow), new("protocol", 12, 4, Read | Narrow), new("remote_ip4", 16, 4, Read | Narrow),
        new("remote_ip6", 20, 16, Read | Narrow, 4),
        new("remote_port", 36, 4, Read | Narrow),
        new("local_ip4", 40, 4, Read | Narrow), new("local_ip6", 44, 16, Read | Narrow, 4),
        new("local_port", 60, 4, Read | Narrow), new("ingress_ifindex", 64, 4, Read | Narrow));

    /// <summary>Typed kernel pointers: <c>struct bpf_nf_ctx</c>.</summary>
    public static ContextLayout Netfilter { get; } = new FieldLayout(
        "bpf_nf_ctx",
        16,
        new("state", 0, 8, Read, Kind: ContextFieldKind.BtfPointer) { BtfType = "nf_hook_state" },
        new("skb", 8, 8, Read, Kind: ContextFieldKind.BtfPointer) { BtfType = "sk_buff" });
}
