namespace Holdfast.Verifier.Prototypes;

/// <summary>Who may call a kfunc (the kernel's <c>enum btf_kfunc_hook</c>).</summary>
[Flags]
public enum KfuncScope
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>Every program.</summary>
    Common = 1 << 0,

    /// <summary><c>xdp</c></summary>
    Xdp = 1 << 1,

    /// <summary><c>sched_cls</c></summary>
    SchedCls = 1 << 2,

    /// <summary><c>struct_ops</c></summary>
    StructOps = 1 << 3,

    /// <summary><c>tracing</c>, <c>tracepoint</c>, <c>perf_event</c>, <c>lsm</c></summary>
    Tracing = 1 << 4,

    /// <summary><c>syscall</c></summary>
    Syscall = 1 << 5,

    /// <summary>The cgroup types and <c>sock_ops</c></summary>
    Cgroup = 1 << 6,

    /// <summary><c>sched_act</c></summary>
    SchedAct = 1 << 7,

    /// <summary><c>sk_skb</c></summary>
    SkSkb = 1 << 8,

    /// <summary><c>socket_filter</c></summary>
    SocketFilter = 1 << 9,

    /// <summary>The <c>lwt</c> types</summary>
    Lwt = 1 << 10,

    /// <summary><c>netfilter</c></summary>
    Netfilter = 1 << 11,

    /// <summary><c>kprobe</c></summary>
    Kprobe = 1 << 12,
}
