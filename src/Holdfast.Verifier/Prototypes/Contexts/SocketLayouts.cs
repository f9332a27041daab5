using static Holdfast.Verifier.Prototypes.FieldAccess;

namespace Holdfast.Verifier.Prototypes;

/// <summary>Access to sockets: through the pointers that helpers and contexts give, and as the context of cgroup programs.</summary>
public static class SocketLayouts
{
    /// <summary><c>bpf_sock_is_valid_access</c>.</summary>
    internal static readonly ContextField[] SockFields =
    [
        new("bound_dev_if", 0, 4, Read), new("family", 4, 4, Read | Narrow | AtStart), new("type", 8, 4, Read | Narrow | AtStart),
        new("protocol", 12, 4, Read | Narrow | AtStart), new("mark", 16, 4, Read), new("priority", 20, 4, Read),
        new("src_ip4", 24, 4, Read | Narrow), new("src_ip6", 28, 16, Read | Narrow, 4), new("src_port", 44, 4, Read | Narrow | AtStart),
        new("dst_port", 48, 2, Read | Narrow) { WordAtStart = true }, new("(padding)", 50, 2, None),
        new("dst_ip4", 52, 4, Read | Narrow), new("dst_ip6", 56, 16, Read | Narrow, 4),
        new("state", 72, 4, Read | Narrow | AtStart), new("rx_queue_mapping", 76, 4, Read | Narrow | AtStart),
    ];

    /// <summary>Through a full socket, <c>struct bpf_sock</c> (<c>PTR_TO_SOCKET</c>).</summary>
    public static ContextLayout Socket { get; } = new FieldLayout("bpf_sock", 80, SockFields);

    /// <summary>Through any socket: without what request and time-wait sockets lack (<c>PTR_TO_SOCK_COMMON</c>).</summary>
    public static ContextLayout SockCommon { get; } = new FieldLayout(
        "bpf_sock",
        80,
        [.. SockFields.Select(field => field.Offset is >= 8 and < 24 ? field with { Access = None } : field)]);

    /// <summary><c>struct bpf_tcp_sock</c> (<c>PTR_TO_TCP_SOCK</c>).</summary>
    public static ContextLayout TcpSocket { get; } = new FieldLayout(
        "bpf_tcp_sock",
        112,
        new("snd_cwnd..sacked_out", 0, 80, Read, 4),
        new("bytes_received", 80, 8, Read), new("bytes_acked", 88, 8, Read),
        new("dsack_dups..icsk_retransmits", 96, 16, Read, 4));

    /// <summary><c>struct bpf_xdp_sock</c> (<c>PTR_TO_XDP_SOCK</c>).</summary>
    public static ContextLayout XdpSocket { get; } = new FieldLayout("bpf_xdp_sock", 4, new ContextField("queue_id", 0, 4, Read));

    /// <summary>Bytes of <c>struct bpf_flow_keys</c>: all may be read and written, at any offset and size.</summary>
    public static int FlowKeysSize => 56;
}
