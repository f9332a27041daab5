using System.Net.Sockets;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Tests.Support;

namespace Holdfast.Kernel.Tests.Attachment;

/// <summary>Each place of the network: attached, seen by traffic, updated, detached. All in a namespace of the test's own.</summary>
public sealed class NetworkTests
{
    [Fact]
    public void XdpCountsIsUpdatedInOneStepAndDetached() => NetworkNamespace.Run(() =>
    {
        (_, int into) = NetworkNamespace.MakePair();
        using Counters counters = Counters.Load("count_xdp", "count_xdp_other");
        using BpfLink link = counters["count_xdp"].AttachXdp(into, XdpMode.Generic);
        Assert.True(counters.During(Slot.Xdp, () => NetworkNamespace.Send("10.9.9.2", 5)) >= 5);

        LinkDetails details = link.ReadDetails();
        Assert.Equal((LinkType.Xdp, (uint)into, counters["count_xdp"].Id), (details.Type, details.InterfaceIndex, details.ProgramId));
        Assert.Equal(Errno.EBUSY, Assert.Throws<BpfException>(() => counters["count_xdp_other"].AttachXdp(into, XdpMode.Generic)).Errno);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => link.Update(counters["count_xdp_other"], expected: counters["count_xdp_other"])).Errno);

        link.Update(counters["count_xdp_other"], expected: counters["count_xdp"]);
        Assert.True(counters.During(Slot.XdpOther, () => Assert.Equal(0, counters.During(Slot.Xdp, () => NetworkNamespace.Send("10.9.9.2", 5)))) >= 5);
        Assert.Equal(counters["count_xdp_other"].Id, link.ReadDetails().ProgramId);

        link.Detach();
        Assert.Equal(0, counters.During(Slot.XdpOther, () => NetworkNamespace.Send("10.9.9.2", 5)));
        Assert.Equal(0u, link.ReadDetails().InterfaceIndex);
        Assert.DoesNotContain("xdp", Tools.Run("ip", "link", "show", "in"), StringComparison.Ordinal);
    });

    [Fact]
    public void DisposingALinkDetachesAndAPinKeepsIt() => NetworkNamespace.Run(() =>
    {
        using TemporaryBpffs pins = new();
        (_, int into) = NetworkNamespace.MakePair();
        using Counters counters = Counters.Load("count_xdp");
        using (BpfLink link = counters["count_xdp"].AttachXdp(into, XdpMode.Generic))
            link.Pin(pins.Pin("link"));
        Assert.True(counters.During(Slot.Xdp, () => NetworkNamespace.Send("10.9.9.2", 5)) >= 5);

        using (BpfLink found = pins.Bpf.OpenPinnedLink(pins.Pin("link")))
        {
            Assert.Equal(LinkType.Xdp, found.Type);
            Assert.Contains(found.Id, pins.Bpf.LinkIds());
            using BpfLink byId = pins.Bpf.OpenLink(found.Id);
            Assert.Equal(found.Id, byId.Id);
            found.Unpin(pins.Pin("link"));
        }

        Assert.Equal(0, counters.During(Slot.Xdp, () => NetworkNamespace.Send("10.9.9.2", 5)));
    });

    [Theory]
    [InlineData(TrafficDirection.Ingress)]
    [InlineData(TrafficDirection.Egress)]
    public void TrafficIsCountedByTcx(TrafficDirection direction) => NetworkNamespace.Run(() =>
    {
        (int outOf, int into) = NetworkNamespace.MakePair();
        (string name, Slot slot, int index) = direction == TrafficDirection.Ingress ? ("count_ingress", Slot.Ingress, into) : ("count_egress", Slot.Egress, outOf);
        using Counters counters = Counters.Load(name);
        using IBpfAttachment attachment = counters[name].AttachTc(index);
        BpfLink link = Assert.IsType<BpfLink>(attachment);
        Assert.Equal((LinkType.Tcx, (uint)index), (link.Type, link.ReadDetails().InterfaceIndex));
        Assert.True(counters.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)) >= 5);
        using Counters others = Counters.Load(name);
        attachment.Update(others[name]);
        Assert.True(others.During(slot, () => Assert.Equal(0, counters.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)))) >= 5);
        attachment.Detach();
        Assert.Equal(0, others.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)));
        Assert.Equal(0, counters.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)));
    });

    [Theory]
    [InlineData(TrafficDirection.Ingress)]
    [InlineData(TrafficDirection.Egress)]
    public void TrafficIsCountedByAClsactFilter(TrafficDirection direction) => NetworkNamespace.Run(() =>
    {
        (int outOf, int into) = NetworkNamespace.MakePair();
        (string name, Slot slot, int index) = direction == TrafficDirection.Ingress ? ("count_ingress", Slot.Ingress, into) : ("count_egress", Slot.Egress, outOf);
        using Counters counters = Counters.Load("count_ingress", "count_egress");
        using (BpfTrafficFilter filter = counters[name].AttachClsact(index))
        {
            Assert.NotEqual(0u, filter.Filter.Handle);
            Assert.NotEqual(0, filter.Filter.Priority);
            string device = direction == TrafficDirection.Ingress ? "in" : "out";
            string shown = Tools.Run("tc", "filter", "show", "dev", device, direction.ToString().ToLowerInvariant());
            Assert.Contains("direct-action", shown, StringComparison.Ordinal);
            Assert.Contains($"id {counters[name].Id} ", shown, StringComparison.Ordinal);
            Assert.True(counters.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)) >= 5);

            // A second filter stands beside the first; an update stands in its place.
            using (BpfTrafficFilter second = counters[name].AttachClsact(index))
                Assert.NotEqual(filter.Filter, second.Filter);
            BpfProgram other = counters[direction == TrafficDirection.Ingress ? "count_egress" : "count_ingress"];
            filter.Update(other);
            Assert.Equal(0, counters.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)));
            Assert.Contains($"id {other.Id} ", Tools.Run("tc", "filter", "show", "dev", device, direction.ToString().ToLowerInvariant()), StringComparison.Ordinal);
            filter.Update(counters[name]);
        }

        Assert.Equal(0, counters.During(slot, () => NetworkNamespace.Send("10.9.9.2", 5)));
    });

    [Fact]
    public void NetfilterCountsWhatLeavesTheMachine() => NetworkNamespace.Run(() =>
    {
        using Counters counters = Counters.Load("count_netfilter");
        using Socket receiver = NetworkNamespace.Receive(out int port);
        NetfilterHook hook = new(NetfilterFamily.IPv4, NetfilterPoint.LocalOut, Priority: 10);
        using (BpfLink link = counters["count_netfilter"].AttachNetfilter(hook))
        {
            Assert.Equal(5, counters.During(Slot.Netfilter, () => NetworkNamespace.Send("127.0.0.1", 5, port)));
            Assert.Equal(hook, link.ReadDetails().Netfilter);

            // The hook's list has no place for a swap: the kernel says so, and the link stays as it is.
            BpfException fixedProgram = Assert.Throws<BpfException>(() => link.Update(counters["count_netfilter"]));
            Assert.True(fixedProgram.Errno is Errno.EINVAL or Errno.EOPNOTSUPP, fixedProgram.Message);
            Assert.Equal(5, counters.During(Slot.Netfilter, () => NetworkNamespace.Send("127.0.0.1", 5, port)));
        }

        Assert.Equal(0, counters.During(Slot.Netfilter, () => NetworkNamespace.Send("127.0.0.1", 5, port)));
    });

    [Fact]
    public void TheChoiceOfSocketsIsCountedInTheNamespaceOfTheThread() => NetworkNamespace.Run(() =>
    {
        using Counters counters = Counters.Load("count_lookup");
        using Socket receiver = NetworkNamespace.Receive(out int port);
        using BpfLink link = counters["count_lookup"].Attach();
        Assert.Equal(3, counters.During(Slot.Lookup, () => NetworkNamespace.Send("127.0.0.1", 3, port)));
        Assert.Equal(new FileInfo("/proc/thread-self/ns/net").LinkTarget, $"net:[{link.ReadDetails().NetworkNamespace}]");
        using Counters others = Counters.Load("count_lookup");
        link.Update(others["count_lookup"], expected: counters["count_lookup"]);
        Assert.Equal(3, others.During(Slot.Lookup, () => Assert.Equal(0, counters.During(Slot.Lookup, () => NetworkNamespace.Send("127.0.0.1", 3, port)))));
        link.Detach();
        Assert.Equal(0u, link.ReadDetails().NetworkNamespace);
        Assert.Equal(0, counters.During(Slot.Lookup, () => NetworkNamespace.Send("127.0.0.1", 3, port)));
    });

    [Fact]
    public void ASocketsFilterDropsUntilItIsTakenOff() => NetworkNamespace.Run(() =>
    {
        using Counters counters = Counters.Load("count_socket");
        using Socket receiver = NetworkNamespace.Receive(out int port);
        counters["count_socket"].AttachSocket(receiver);
        Assert.Equal(3, counters.During(Slot.Socket, () => NetworkNamespace.Send("127.0.0.1", 3, port)));
        Assert.Equal(0, receiver.Available);
        counters["count_socket"].DetachSocket(receiver);
        Assert.Equal(0, counters.During(Slot.Socket, () => NetworkNamespace.Send("127.0.0.1", 3, port)));
        Assert.True(receiver.Available > 0);
        BpfException none = Assert.Throws<BpfException>(() => counters["count_socket"].DetachSocket(receiver));
        Assert.Equal(Errno.ENOENT, none.Errno);
        Assert.Contains("the socket has no filter", none.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void AMissingInterfaceIsNamed() => NetworkNamespace.Run(() =>
    {
        using Counters counters = Counters.Load("count_xdp", "count_ingress");
        foreach (Action attach in new Action[]
        {
            () => counters["count_xdp"].AttachXdp(4711),
            () => counters["count_ingress"].AttachTcx(4711),
            () => counters["count_ingress"].AttachClsact(4711),
        })
        {
            BpfException missing = Assert.Throws<BpfException>(attach);

            // The kernel says EINVAL of an XDP link, ENODEV of the others.
            Assert.True(missing.Errno is Errno.ENODEV or Errno.EINVAL, missing.Message);
            Assert.Contains("this network namespace has no", missing.Message, StringComparison.Ordinal);
        }
    });
}
