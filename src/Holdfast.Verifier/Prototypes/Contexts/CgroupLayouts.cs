using Holdfast.Isa.Abi;
using static Holdfast.Isa.Abi.AttachType;
using static Holdfast.Verifier.Prototypes.FieldAccess;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Contexts of cgroup programs.</summary>
internal static class CgroupLayouts
{
    /// <summary><c>struct bpf_sock</c>, its fields by attach type (<c>__sock_filter_check_attach_type</c>).</summary>
    public static ContextLayout Sock { get; } = new FieldLayout("bpf_sock", 80, [.. SocketLayouts.SockFields.Select(SockRule)]);

    public static ContextLayout SockAddr { get; } = new FieldLayout(
        "bpf_sock_addr",
        72,
        new("user_family", 0, 4, Read),
        Attached(new("user_ip4", 4, 4, Read | Narrow | Write), IsIpv4Address),
        Attached(new("user_ip6", 8, 16, Read | Narrow | Write | Wide, 4), IsIpv6Address),
        new("user_port", 24, 4, Read | Narrow | Write),
        new("family", 28, 4, Read), new("type", 32, 4, Read), new("protocol", 36, 4, Read),
        Attached(new("msg_src_ip4", 40, 4, Read | Narrow | Write), static type => type == CgroupUdp4Sendmsg),
        Attached(new("msg_src_ip6", 44, 16, Read | Narrow | Write | Wide, 4), static type => type == CgroupUdp6Sendmsg),
        new("sk", 64, 8, Read, Kind: ContextFieldKind.Socket));

    public static ContextLayout SockOps { get; } = new FieldLayout(
        "bpf_sock_ops",
        224,
        new("op", 0, 4, Read), new("reply", 4, 4, Read | Write), new("args", 8, 12, Read, 4),
        new("family", 20, 4, Read), new("remote_ip4", 24, 4, Read), new("local_ip4", 28, 4, Read),
        new("remote_ip6", 32, 16, Read, 4), new("local_ip6", 48, 16, Read, 4),
        new("remote_port..sacked_out", 64, 100, Read, 4),
        new("sk_txhash", 164, 4, Read | Write),
        new("bytes_received", 168, 8, Read), new("bytes_acked", 176, 8, Read),
        new("sk", 184, 8, Read, Kind: ContextFieldKind.Socket) { MaybeNull = true },
        new("skb_data", 192, 8, Read, Kind: ContextFieldKind.PacketData),
        new("skb_data_end", 200, 8, Read, Kind: ContextFieldKind.PacketEnd),
        new("skb_len", 208, 4, Read), new("skb_tcp_flags", 212, 4, Read | Narrow | AtStart),
        new("skb_hwtstamp", 216, 8, Read));

    public static ContextLayout Device { get; } = new FieldLayout(
        "bpf_cgroup_dev_ctx",
        12,
        new("access_type", 0, 4, Read | Narrow), new("major", 4, 4, Read), new("minor", 8, 4, Read));

    public static ContextLayout Sysctl { get; } = new FieldLayout(
        "bpf_sysctl",
        8,
        new("write", 0, 4, Read | Narrow), new("file_pos", 4, 4, Read | Narrow | Write));

    public static ContextLayout Sockopt { get; } = new FieldLayout(
        "bpf_sockopt",
        40,
        new("sk", 0, 8, Read, Kind: ContextFieldKind.Socket),
        new("optval", 8, 8, Read, Kind: ContextFieldKind.PacketData),
        new("optval_end", 16, 8, Read, Kind: ContextFieldKind.PacketEnd),
        WhenSetting(new("level", 24, 4, Read | Write)), WhenSetting(new("optname", 28, 4, Read | Write)),
        new("optlen", 32, 4, Read | Write),
        Attached(new("retval", 36, 4, Read | Write), static type => type == CgroupGetsockopt));

    private static ContextField SockRule(ContextField field) => field.Name switch
    {
        "bound_dev_if" or "mark" or "priority" =>
            Attached(field with { Access = field.Access | Write }, static type => type is CgroupInetSockCreate or CgroupInetSockRelease),
        "src_ip4" => Attached(field, static type => type == CgroupInet4PostBind),
        "src_ip6" => Attached(field, static type => type == CgroupInet6PostBind),
        "src_port" => Attached(field, static type => type is CgroupInet4PostBind or CgroupInet6PostBind),
        _ => field,
    };

    private static bool IsIpv4Address(AttachType type) => type is CgroupInet4Bind or CgroupInet4Connect or CgroupInet4Getpeername
        or CgroupInet4Getsockname or CgroupUdp4Sendmsg or CgroupUdp4Recvmsg;

    private static bool IsIpv6Address(AttachType type) => type is CgroupInet6Bind or CgroupInet6Connect or CgroupInet6Getpeername
        or CgroupInet6Getsockname or CgroupUdp6Sendmsg or CgroupUdp6Recvmsg;

    private static ContextField Attached(ContextField field, Predicate<AttachType> allowed) =>
        field with { When = (request, _) => allowed(request.AttachType) };

    private static ContextField WhenSetting(ContextField field) =>
        field with { When = static (request, write) => !write || request.AttachType == CgroupSetsockopt };
}
