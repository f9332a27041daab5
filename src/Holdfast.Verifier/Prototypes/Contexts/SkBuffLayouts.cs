using static Holdfast.Verifier.Prototypes.FieldAccess;

namespace Holdfast.Verifier.Prototypes;

/// <summary>
/// <c>struct __sk_buff</c> as each type sees it. Slots: data, data_end, data_meta; <c>sk</c> and <c>flow_keys</c> hold their pointers.
/// </summary>
internal static class SkBuffLayouts
{
    private const int Bytes = 192;

    private static readonly string[] SocketAddresses =
        ["family", "remote_ip4", "local_ip4", "remote_ip6", "local_ip6", "remote_port", "local_port"];

    /// <summary><c>bpf_skb_is_valid_access</c>: what a type may load unless it says otherwise.</summary>
    private static readonly ContextField[] Common =
    [
        Word("len", 0), Word("pkt_type", 4), Word("mark", 8), Word("queue_mapping", 12) with { StoreSize = 2 }, Word("protocol", 16),
        Word("vlan_present", 20), Word("vlan_tci", 24), Word("vlan_proto", 28), Word("priority", 32),
        Word("ingress_ifindex", 36), Word("ifindex", 40), Word("tc_index", 44) with { StoreSize = 2 },
        new("cb", 48, 20, Read | AnySize),
        Word("hash", 68), Word("tc_classid", 72) with { StoreSize = 2 },
        new("data", 76, 4, Read, Kind: ContextFieldKind.PacketData) { Slot = 0 },
        new("data_end", 80, 4, Read, Kind: ContextFieldKind.PacketEnd) { Slot = 1 },
        Word("napi_id", 84), Word("family", 88),
        new("remote_ip4", 92, 4, Read), new("local_ip4", 96, 4, Read),
        new("remote_ip6", 100, 16, Read, 4), new("local_ip6", 116, 16, Read, 4),
        Word("remote_port", 132), Word("local_port", 136),
        new("data_meta", 140, 4, Read, Kind: ContextFieldKind.PacketMeta) { Slot = 2 },
        new("flow_keys", 144, 8, None, Kind: ContextFieldKind.FlowKeys),
        new("tstamp", 152, 8, Read),
        Word("wire_len", 160), Word("gso_segs", 164),
        new("sk", 168, 8, Read, Kind: ContextFieldKind.SockCommon) { MaybeNull = true },
        Word("gso_size", 176), new("tstamp_type", 180, 1, None),
        new("hwtstamp", 184, 8, Read),
    ];

    public static ContextLayout SocketFilter { get; } = Layout(
        hidden: ["tc_classid", "data", "data_meta", "data_end", .. SocketAddresses, "tstamp", "wire_len", "hwtstamp"],
        writable: ["cb"]);

    public static ContextLayout TrafficControl { get; } = new FieldLayout("__sk_buff", Bytes, [.. Fields(
        hidden: SocketAddresses,
        writable: ["mark", "tc_index", "priority", "cb", "tc_classid", "tstamp", "queue_mapping"])
        .Select(field => field.Name == "tstamp_type" ? field with { Access = Read } : field)]);

    public static ContextLayout CgroupSkb { get; } = new FieldLayout("__sk_buff", Bytes, [.. Fields(
        hidden: ["tc_classid", "data_meta", "wire_len"],
        writable: ["mark", "priority", "cb", "tstamp"]).Select(NeedsCapability)]);

    public static ContextLayout Tunnel { get; } = Layout(
        hidden: ["tc_classid", .. SocketAddresses, "data_meta", "tstamp", "wire_len", "hwtstamp"],
        writable: ["mark", "priority", "cb"]);

    public static ContextLayout Stream { get; } = Layout(
        hidden: ["tc_classid", "data_meta", "tstamp", "wire_len", "hwtstamp", "mark"],
        writable: ["tc_index", "priority"]);

    /// <summary>Packet and flow keys, nothing else.</summary>
    public static ContextLayout FlowDissector { get; } = new FieldLayout(
        "__sk_buff",
        Bytes,
        new("data", 76, 4, Read, Kind: ContextFieldKind.PacketData) { Slot = 0 },
        new("data_end", 80, 4, Read, Kind: ContextFieldKind.PacketEnd) { Slot = 1 },
        new("flow_keys", 144, 8, Read, Kind: ContextFieldKind.FlowKeys));

    private static ContextField Word(string name, int offset) => new(name, offset, 4, Read | Narrow);

    private static FieldLayout Layout(string[] hidden, string[] writable) => new("__sk_buff", Bytes, [.. Fields(hidden, writable)]);

    private static IEnumerable<ContextField> Fields(string[] hidden, string[] writable) => Common.Select(field =>
        hidden.Contains(field.Name) ? field with { Access = None }
        : writable.Contains(field.Name) ? field with { Access = field.Access | Write }
        : field);

    /// <summary>Without CAP_BPF a cgroup program sees no packet, and may not set the time (<c>cg_skb_is_valid_access</c>).</summary>
    private static ContextField NeedsCapability(ContextField field) => field.Name switch
    {
        "data" or "data_end" => field with { When = static (request, _) => !request.Policy.Unprivileged },
        "tstamp" => field with { When = static (request, write) => !write || !request.Policy.Unprivileged },
        _ => field,
    };
}
