using Holdfast.Isa.Abi;

namespace Holdfast.Objects.Tests.Specs;

/// <summary>Names of sections.</summary>
public sealed class ProgramSectionTests
{
    [Theory]
    [InlineData("xdp", ProgramType.Xdp, AttachType.Xdp, null, ProgramFlags.None)]
    [InlineData("xdp.frags", ProgramType.Xdp, AttachType.Xdp, null, ProgramFlags.XdpHasFragments)]
    [InlineData("xdp.frags/cpumap", ProgramType.Xdp, AttachType.XdpCpuMap, null, ProgramFlags.XdpHasFragments)]
    [InlineData("xdp/devmap", ProgramType.Xdp, AttachType.XdpDevMap, null, ProgramFlags.None)]
    [InlineData("?tc", ProgramType.SchedCls, (AttachType)0, null, ProgramFlags.None)]
    [InlineData("tcx/ingress", ProgramType.SchedCls, AttachType.TcxIngress, null, ProgramFlags.None)]
    [InlineData("kprobe/do_nanosleep", ProgramType.Kprobe, (AttachType)0, "do_nanosleep", ProgramFlags.None)]
    [InlineData("kprobe", ProgramType.Kprobe, (AttachType)0, null, ProgramFlags.None)]
    [InlineData("uprobe.s//bin/sh:main+4", ProgramType.Kprobe, (AttachType)0, "/bin/sh:main+4", ProgramFlags.Sleepable)]
    [InlineData("kprobe.multi/tcp_*", ProgramType.Kprobe, AttachType.TraceKprobeMulti, "tcp_*", ProgramFlags.None)]
    [InlineData("tp/sched/sched_switch", ProgramType.Tracepoint, (AttachType)0, "sched/sched_switch", ProgramFlags.None)]
    [InlineData("raw_tp.w/x", ProgramType.RawTracepointWritable, (AttachType)0, "x", ProgramFlags.None)]
    [InlineData("fentry.s/f", ProgramType.Tracing, AttachType.TraceFentry, "f", ProgramFlags.Sleepable)]
    [InlineData("lsm/file_open", ProgramType.Lsm, AttachType.LsmMac, "file_open", ProgramFlags.None)]
    [InlineData("lsm_cgroup/bind", ProgramType.Lsm, AttachType.LsmCgroup, "bind", ProgramFlags.None)]
    [InlineData("iter/task", ProgramType.Tracing, AttachType.TraceIter, "task", ProgramFlags.None)]
    [InlineData("freplace/f", ProgramType.Ext, (AttachType)0, "f", ProgramFlags.None)]
    [InlineData("struct_ops.s/init", ProgramType.StructOps, (AttachType)0, "init", ProgramFlags.Sleepable)]
    [InlineData("syscall", ProgramType.Syscall, (AttachType)0, null, ProgramFlags.Sleepable)]
    [InlineData("cgroup_skb/egress", ProgramType.CgroupSkb, AttachType.CgroupInetEgress, null, ProgramFlags.None)]
    [InlineData("cgroup/connect4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect, null, ProgramFlags.None)]
    [InlineData("cgroup/recvmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixRecvmsg, null, ProgramFlags.None)]
    [InlineData("netfilter", ProgramType.Netfilter, AttachType.Netfilter, null, ProgramFlags.None)]
    public void KnownNamesSayTypeAttachTypeTargetAndFlags(string name, ProgramType type, AttachType attach, string? target, ProgramFlags flags)
    {
        ProgramSection section = Assert.IsType<ProgramSection>(ProgramSections.Find(name));
        Assert.Equal((type, attach, target, flags), (section.Type, section.AttachType, section.TargetOf(name.TrimStart('?')), section.Flags));
    }

    [Theory]
    [InlineData("xdp/other")]
    [InlineData("xdpx")]
    [InlineData("kprobes/x")]
    [InlineData("fentryx")]
    [InlineData("tc/other")]
    [InlineData("")]
    [InlineData("??xdp")]
    public void OtherNamesSayNothing(string name) => Assert.Null(ProgramSections.Find(name));

    [Fact]
    public void NoPatternHidesAnother()
    {
        foreach (ProgramSection section in ProgramSections.All)
        {
            Assert.Same(section, ProgramSections.Find(section.Pattern.TrimEnd('+')));
        }
    }
}
