using System.Collections.Immutable;
using Holdfast.Isa.Abi;

namespace Holdfast.Objects;

/// <summary>All names of sections that say what their programs are, as libbpf understands them.</summary>
public static class ProgramSections
{
    /// <summary>The table; the first that matches counts.</summary>
    public static ImmutableArray<ProgramSection> All { get; } =
    [
        new("socket", ProgramType.SocketFilter),
        new("sk_reuseport/migrate", ProgramType.SkReuseport, AttachType.SkReuseportSelectOrMigrate),
        new("sk_reuseport", ProgramType.SkReuseport, AttachType.SkReuseportSelect),
        .. Probes(),
        new("tc/ingress", ProgramType.SchedCls, AttachType.TcxIngress),
        new("tc/egress", ProgramType.SchedCls, AttachType.TcxEgress),
        new("tcx/ingress", ProgramType.SchedCls, AttachType.TcxIngress),
        new("tcx/egress", ProgramType.SchedCls, AttachType.TcxEgress),
        new("tc", ProgramType.SchedCls),
        new("classifier", ProgramType.SchedCls),
        new("action", ProgramType.SchedAct),
        new("netkit/primary", ProgramType.SchedCls, AttachType.NetkitPrimary),
        new("netkit/peer", ProgramType.SchedCls, AttachType.NetkitPeer),
        new("tracepoint+", ProgramType.Tracepoint),
        new("tp+", ProgramType.Tracepoint),
        new("raw_tracepoint+", ProgramType.RawTracepoint),
        new("raw_tp+", ProgramType.RawTracepoint),
        new("raw_tracepoint.w+", ProgramType.RawTracepointWritable),
        new("raw_tp.w+", ProgramType.RawTracepointWritable),
        .. Tracing(),
        new("syscall", ProgramType.Syscall) { Flags = ProgramFlags.Sleepable },
        new("xdp.frags/devmap", ProgramType.Xdp, AttachType.XdpDevMap) { Flags = ProgramFlags.XdpHasFragments },
        new("xdp/devmap", ProgramType.Xdp, AttachType.XdpDevMap),
        new("xdp.frags/cpumap", ProgramType.Xdp, AttachType.XdpCpuMap) { Flags = ProgramFlags.XdpHasFragments },
        new("xdp/cpumap", ProgramType.Xdp, AttachType.XdpCpuMap),
        new("xdp.frags", ProgramType.Xdp, AttachType.Xdp) { Flags = ProgramFlags.XdpHasFragments },
        Optional("xdp", ProgramType.Xdp, AttachType.Xdp),
        new("perf_event", ProgramType.PerfEvent),
        new("lwt_in", ProgramType.LwtIn),
        new("lwt_out", ProgramType.LwtOut),
        new("lwt_xmit", ProgramType.LwtXmit),
        new("lwt_seg6local", ProgramType.LwtSeg6local),
        Optional("sockops", ProgramType.SockOps, AttachType.CgroupSockOps),
        Optional("sk_skb/stream_parser", ProgramType.SkSkb, AttachType.SkSkbStreamParser),
        Optional("sk_skb/stream_verdict", ProgramType.SkSkb, AttachType.SkSkbStreamVerdict),
        Optional("sk_skb/verdict", ProgramType.SkSkb, AttachType.SkSkbVerdict),
        new("sk_skb", ProgramType.SkSkb),
        Optional("sk_msg", ProgramType.SkMsg, AttachType.SkMsgVerdict),
        Optional("lirc_mode2", ProgramType.LircMode2, AttachType.LircMode2),
        Optional("flow_dissector", ProgramType.FlowDissector, AttachType.FlowDissector),
        .. Cgroups(),
        new("struct_ops+", ProgramType.StructOps),
        new("struct_ops.s+", ProgramType.StructOps) { Flags = ProgramFlags.Sleepable },
        new("sk_lookup", ProgramType.SkLookup, AttachType.SkLookup),
        new("netfilter", ProgramType.Netfilter, AttachType.Netfilter),
    ];

    /// <summary>Finds what a section's name says.</summary>
    /// <param name="sectionName">The name; a leading question mark (left out unless asked for) is ignored.</param>
    /// <returns>The entry, or null if the name is none that is known.</returns>
    public static ProgramSection? Find(string sectionName)
    {
        ArgumentNullException.ThrowIfNull(sectionName);
        string name = sectionName.StartsWith('?') ? sectionName[1..] : sectionName;
        return All.FirstOrDefault(section => section.Matches(name));
    }

    private static IEnumerable<ProgramSection> Probes() =>
    [
        new("kprobe+", ProgramType.Kprobe),
        new("uprobe+", ProgramType.Kprobe),
        Sleepable("uprobe.s+", ProgramType.Kprobe),
        new("kretprobe+", ProgramType.Kprobe),
        new("uretprobe+", ProgramType.Kprobe),
        Sleepable("uretprobe.s+", ProgramType.Kprobe),
        new("kprobe.multi+", ProgramType.Kprobe, AttachType.TraceKprobeMulti),
        new("kretprobe.multi+", ProgramType.Kprobe, AttachType.TraceKprobeMulti),
        new("kprobe.session+", ProgramType.Kprobe, AttachType.TraceKprobeSession),
        new("uprobe.multi+", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        new("uretprobe.multi+", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        new("uprobe.session+", ProgramType.Kprobe, AttachType.TraceUprobeSession),
        Sleepable("uprobe.multi.s+", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        Sleepable("uretprobe.multi.s+", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        Sleepable("uprobe.session.s+", ProgramType.Kprobe, AttachType.TraceUprobeSession),
        new("ksyscall+", ProgramType.Kprobe),
        new("kretsyscall+", ProgramType.Kprobe),
        new("usdt+", ProgramType.Kprobe),
        Sleepable("usdt.s+", ProgramType.Kprobe),
    ];

    private static IEnumerable<ProgramSection> Tracing() =>
    [
        new("tp_btf+", ProgramType.Tracing, AttachType.TraceRawTp) { AttachBtf = AttachBtfKind.Tracepoint },
        .. BothWays("fentry", ProgramType.Tracing, AttachType.TraceFentry, AttachBtfKind.Function),
        .. BothWays("fmod_ret", ProgramType.Tracing, AttachType.ModifyReturn, AttachBtfKind.Function),
        .. BothWays("fexit", ProgramType.Tracing, AttachType.TraceFexit, AttachBtfKind.Function),
        new("freplace+", ProgramType.Ext) { AttachBtf = AttachBtfKind.Program },
        .. BothWays("lsm", ProgramType.Lsm, AttachType.LsmMac, AttachBtfKind.Lsm),
        new("lsm_cgroup+", ProgramType.Lsm, AttachType.LsmCgroup) { AttachBtf = AttachBtfKind.Lsm },
        .. BothWays("iter", ProgramType.Tracing, AttachType.TraceIter, AttachBtfKind.Iterator),
    ];

    private static IEnumerable<ProgramSection> Cgroups() =>
    [
        Optional("cgroup_skb/ingress", ProgramType.CgroupSkb, AttachType.CgroupInetIngress),
        Optional("cgroup_skb/egress", ProgramType.CgroupSkb, AttachType.CgroupInetEgress),
        new("cgroup/skb", ProgramType.CgroupSkb),
        new("cgroup/sock_create", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate),
        new("cgroup/sock_release", ProgramType.CgroupSock, AttachType.CgroupInetSockRelease),
        Optional("cgroup/sock", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate),
        new("cgroup/post_bind4", ProgramType.CgroupSock, AttachType.CgroupInet4PostBind),
        new("cgroup/post_bind6", ProgramType.CgroupSock, AttachType.CgroupInet6PostBind),
        new("cgroup/bind4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind),
        new("cgroup/bind6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Bind),
        new("cgroup/connect4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect),
        new("cgroup/connect6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Connect),
        new("cgroup/connect_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixConnect),
        new("cgroup/sendmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4Sendmsg),
        new("cgroup/sendmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6Sendmsg),
        new("cgroup/sendmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixSendmsg),
        new("cgroup/recvmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4Recvmsg),
        new("cgroup/recvmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6Recvmsg),
        new("cgroup/recvmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixRecvmsg),
        new("cgroup/getpeername4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Getpeername),
        new("cgroup/getpeername6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Getpeername),
        new("cgroup/getpeername_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetpeername),
        new("cgroup/getsockname4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Getsockname),
        new("cgroup/getsockname6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Getsockname),
        new("cgroup/getsockname_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetsockname),
        new("cgroup/sysctl", ProgramType.CgroupSysctl, AttachType.CgroupSysctl),
        new("cgroup/getsockopt", ProgramType.CgroupSockopt, AttachType.CgroupGetsockopt),
        new("cgroup/setsockopt", ProgramType.CgroupSockopt, AttachType.CgroupSetsockopt),
        Optional("cgroup/dev", ProgramType.CgroupDevice, AttachType.CgroupDevice),
    ];

    private static ProgramSection[] BothWays(string stem, ProgramType type, AttachType attachType, AttachBtfKind btf) =>
    [
        new(stem + "+", type, attachType) { AttachBtf = btf },
        new(stem + ".s+", type, attachType) { AttachBtf = btf, Flags = ProgramFlags.Sleepable },
    ];

    private static ProgramSection Optional(string pattern, ProgramType type, AttachType attachType) =>
        new(pattern, type, attachType) { IsAttachTypeOptional = true };

    private static ProgramSection Sleepable(string pattern, ProgramType type, AttachType attachType = default) =>
        new(pattern, type, attachType) { Flags = ProgramFlags.Sleepable };
}
