using Holdfast.Isa.Abi;
using Holdfast.Kernel.Tests.Support;

namespace Holdfast.Kernel.Tests.Attachment;

/// <summary>A cgroup of the test's own, with processes that end before it.</summary>
public sealed class CgroupTests
{
    private const string Connect = "exec 3<>/dev/tcp/127.0.0.1/1";
    private const string SendDatagram = "echo holdfast > /dev/udp/127.0.0.1/9";

    [Fact]
    public void PacketsOfTheCgroupOnlyAreCounted()
    {
        using Cgroup group = Cgroup.Create();
        using Counters counters = Counters.Load("count_cgroup");
        using (BpfLink link = counters["count_cgroup"].AttachCgroup(group.Path))
        {
            Assert.Equal(1, counters.During(Slot.Cgroup, () => Assert.True(group.Run(SendDatagram))));
            Assert.Equal(0, counters.During(Slot.Cgroup, () => Tools.Run("bash", "-c", SendDatagram)));
            LinkDetails details = link.ReadDetails();
            Assert.Equal(AttachType.CgroupInetEgress, details.AttachType);
            Assert.Equal(Tools.Run("stat", "-c", "%i", group.Path), $"{details.CgroupId}");
            using Counters others = Counters.Load("count_cgroup");
            link.Update(others["count_cgroup"], expected: counters["count_cgroup"]);
            Assert.Equal(1, others.During(Slot.Cgroup, () => Assert.Equal(0, counters.During(Slot.Cgroup, () => Assert.True(group.Run(SendDatagram))))));
            link.Detach();
            Assert.Equal(0u, link.ReadDetails().CgroupId);
        }

        Assert.Equal(0, counters.During(Slot.Cgroup, () => Assert.True(group.Run(SendDatagram))));
    }

    [Fact]
    public void ADeniedConnectionIsSeenByTheProcess()
    {
        using Cgroup group = Cgroup.Create();
        using Counters counters = Counters.Load("deny_connect");
        using BpfLink link = counters["deny_connect"].AttachCgroup(group.Path, AttachType.CgroupInet4Connect);
        Assert.Equal(1, counters.During(Slot.Connect, () => Assert.False(group.Run(Connect))));
    }

    [Fact]
    public void WhatIsNoCgroupIsRefusedWithItsName()
    {
        using Counters counters = Counters.Load("count_cgroup");
        BpfException missing = Assert.Throws<BpfException>(() => counters["count_cgroup"].AttachCgroup("/nowhere/at/all"));
        Assert.Equal(Errno.ENOENT, missing.Errno);
        Assert.Contains("/nowhere/at/all", missing.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EBADF, Assert.Throws<BpfException>(() => counters["count_cgroup"].AttachCgroup("/tmp")).Errno);
    }
}
