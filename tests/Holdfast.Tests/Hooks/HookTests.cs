using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;
using Holdfast.Userspace.Programs.Contexts;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Hooks;

/// <summary>Hooks and what is attached to them, in one process.</summary>
public sealed class HookTests
{
    private static readonly byte[] Packet = new byte[64];

    [Fact]
    public void AnEmptyListIsNoError()
    {
        using HookScene scene = new();
        Assert.Equal((1UL, 0), (scene.Hook.ReadPrograms().Revision, scene.Hook.ReadPrograms().Programs.Count));
        Assert.Equal(uint.MaxValue, scene.Hook.Run(Packet));
        using (BpfLink link = scene.Program("r0 = 7\nexit").AttachHook(scene.Hook))
            Assert.Equal(7u, scene.Hook.Run(Packet));
        Assert.Equal((3UL, 0), (scene.Hook.ReadPrograms().Revision, scene.Hook.ReadPrograms().Programs.Count));
        Assert.Equal(uint.MaxValue, scene.Hook.Run(Packet));
    }

    [Fact]
    public void LinksTellWhatTheyAttach()
    {
        using HookScene scene = new();
        BpfProgram program = scene.Program("r0 = 7\nexit");
        using BpfLink link = program.AttachHook(scene.Hook);
        LinkDetails details = link.ReadDetails();
        Assert.Equal((LinkType.Hook, scene.Hook.Id, program.Id, AttachType.TcxIngress), (details.Type, details.HookId, details.ProgramId, details.AttachType));
        string tag = $"{BinaryPrimitives.ReverseEndianness(program.Info.Tag):x16}";
        Assert.Equal($"link_type:\thook\nlink_id:\t{link.Id}\nprog_tag:\t{tag}\nprog_id:\t{program.Id}\nhook_id:\t{scene.Hook.Id}\nattach_type:\t46\n", link.ReadFdInfo());
        Assert.Equal($"prog_type:\t3\nattach_type:\t46\nhook_id:\t{scene.Hook.Id}\nmax_progs:\t63\nprogs:\t1\nrevision:\t2\n", scene.Hook.ReadFdInfo());

        BpfGraph graph = scene.Bpf.ReadGraph();
        BpfGraphNode node = Assert.Single(graph.Nodes, node => node.Key.Kind == ObjectKind.Link);
        Assert.Equal([new(ObjectKind.Program, program.Id), new(ObjectKind.Hook, scene.Hook.Id)], node.Uses);
        Assert.Equal([node.Key], graph.UsersOf(new(ObjectKind.Hook, scene.Hook.Id)));

        link.Detach();
        link.Detach();
        Assert.Equal((0u, program.Id), (link.ReadDetails().HookId, link.ReadDetails().ProgramId));
        Assert.Empty(scene.Hook.ReadPrograms().Programs);
        Assert.Equal(Errno.ENOLINK, Assert.Throws<BpfException>(() => link.Update(program)).Errno);
    }

    /// <summary>A list is another process's word: here one that puts an XDP program where tc programs get their context.</summary>
    [Fact]
    public void AForgedListRunsNoProgramOfAnotherType()
    {
        using HookScene scene = new();
        BpfProgram good = scene.Program("r0 = 7\nexit"), other = scene.Program("r0 = *(u32 *)(r1 + 12)\nr0 = 1\nexit", ProgramType.Xdp);
        using BpfLink link = good.AttachHook(scene.Hook);
        Assert.Equal(7u, scene.Hook.Run(Packet));
        scene.Forge(3, (link.Id, other.Id));
        BpfException refused = Assert.Throws<BpfException>(() => scene.Hook.Run(Packet));
        Assert.Equal(Errno.EINVAL, refused.Errno);
        Assert.Contains($"program {other.Id} of link {link.Id}", refused.Message, StringComparison.Ordinal);

        // One that isn't there, one that can't be, and more than there is room for.
        scene.Forge(4, (link.Id, 999_999));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => scene.Hook.Run(Packet)).Errno);
        scene.Forge(5, count: uint.MaxValue, (link.Id, good.Id));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => scene.Hook.Run(Packet)).Errno);
        scene.Forge(6, (link.Id, good.Id));
        Assert.Equal(7u, scene.Hook.Run(Packet));
    }

    [Theory]
    [InlineData(ProgramType.SchedCls, new[] { -1, -1, 2, 0 }, 2)]
    [InlineData(ProgramType.SchedCls, new[] { -1, -1 }, -1)]
    [InlineData(ProgramType.Xdp, new[] { 2, 2, 1, 4 }, 1)]
    [InlineData(ProgramType.Xdp, new[] { 2, 2 }, 2)]
    [InlineData(ProgramType.Xdp, new int[0], 2)]
    [InlineData(ProgramType.CgroupSkb, new[] { 1, 1 }, 1)]
    [InlineData(ProgramType.CgroupSkb, new[] { 1, 0, 1 }, 0)]
    [InlineData(ProgramType.CgroupSkb, new int[0], 1)]
    [InlineData(ProgramType.SocketFilter, new[] { 60, 20, 40 }, 20)]
    [InlineData(ProgramType.SocketFilter, new[] { 60, 0, 40 }, 0)]
    [InlineData(ProgramType.LwtXmit, new[] { 0, 2, 0 }, 2)]
    [InlineData(ProgramType.FlowDissector, new[] { 129, 0, 2 }, 0)]
    public void ProgramsDecideTogether(ProgramType type, int[] returned, int expected)
    {
        using HookScene scene = new(type);
        List<BpfLink> links = [.. returned.Select((value, index) => scene.Program($"r1 = {index}\nr0 = {value}\nexit", type).AttachHook(scene.Hook))];
        Assert.Equal((uint)expected, scene.Hook.Run(Packet));
        links.ForEach(link => link.Dispose());
    }

    [Fact]
    public void AllOfThemSeeWhatThoseBeforeHaveDone()
    {
        const string AddToMark = "r2 = *(u32 *)(r1 + 8)\nr2 += 1\n*(u32 *)(r1 + 8) = r2\nr0 = -1\nexit", TellMark = "r0 = *(u32 *)(r1 + 8)\nexit";
        using HookScene scene = new();
        using BpfLink last = scene.Program(TellMark).AttachHook(scene.Hook);
        using BpfLink second = scene.Program("r3 = 0\n" + AddToMark).AttachHook(scene.Hook, HookPlace.BeforeLink(last.Id));
        using BpfLink first = scene.Program(AddToMark).AttachHook(scene.Hook, HookPlace.First with { ExpectedRevision = scene.Hook.ReadPrograms().Revision });
        Assert.Equal([first.Id, second.Id, last.Id], scene.Hook.ReadPrograms().Programs.Select(program => program.LinkId));
        Assert.Equal(2u, scene.Hook.Run(Packet));
        BpfException stale = Assert.Throws<BpfException>(() => scene.Program("r0 = 3\nexit").AttachHook(scene.Hook, HookPlace.AfterLink(first.Id) with { ExpectedRevision = 1 }));
        Assert.Equal(Errno.ESTALE, stale.Errno);
        Assert.Contains("its revision is 4", stale.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunsOfAnUnchangedListAllocateNothing()
    {
        using HookScene scene = new(ProgramType.Xdp);
        using BpfLink first = scene.Program("r0 = 2\nexit", ProgramType.Xdp).AttachHook(scene.Hook), second = scene.Program("r0 = 1\nexit", ProgramType.Xdp).AttachHook(scene.Hook);
        using XdpContext context = new();
        context.Load(Packet, Packet.Length);
        Assert.Equal(1u, scene.Hook.Run(context));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int run = 0; run < 10_000; run++)
            scene.Hook.Run(context);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        second.Detach();
        Assert.Equal(2u, scene.Hook.Run(context));
    }

    /// <summary>The only program of a hook is replaced again and again while threads run it: none of their runs is without one.</summary>
    [Fact]
    public async Task ARunHasTheOldProgramOrTheNew()
    {
        using HookScene scene = new();
        BpfProgram[] programs = [scene.Program("r0 = 5\nexit"), scene.Program("r0 = 6\nexit")];
        using BpfLink link = programs[0].AttachHook(scene.Hook);
        using CancellationTokenSource stop = new();
        long[] counts = new long[2];
        Task[] hosts = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            using SkBuffContext context = new(ProgramType.SchedCls);
            context.Load(Packet);
            while (!stop.IsCancellationRequested)
                Interlocked.Increment(ref counts[scene.Hook.Run(context) - 5]); // anything else is out of range
        }))];
        long end = Environment.TickCount64 + 60_000;
        bool IsSeen() => (Volatile.Read(ref counts[0]) > 0 && Volatile.Read(ref counts[1]) > 0) || hosts.Any(host => host.IsFaulted);
        for (int update = 1; update <= 400 || update % 2 == 0 || (!IsSeen() && Environment.TickCount64 < end); update++)
            link.Update(programs[update % 2], programs[(update + 1) % 2]);
        Assert.True(IsSeen());
        await stop.CancelAsync();
        await Task.WhenAll(hosts);
        Assert.Equal([$"p{programs[0].Id}"], Directory.EnumerateFiles(Path.Combine(scene.Bpf.Store!.Path, "refs", $"l{link.Id}")).Select(Path.GetFileName));
    }

    [Fact]
    public void WhatHooksRefuse()
    {
        using HookScene scene = new();
        BpfProgram program = scene.Program("r0 = 5\nexit");
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => scene.Program("r0 = 2\nexit", ProgramType.Xdp).AttachHook(scene.Hook)).Errno);
        Assert.Equal(Errno.EINVAL, Answer(scene.Bpf.Engine.LinkCreate(program.Handle.Descriptor, scene.Hook.Handle.Descriptor, AttachType.TcxEgress)));
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => scene.Bpf.CreateHook((ProgramType)999)).Errno);
        Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => scene.Bpf.CreateHook(ProgramType.Xdp, slots: 64)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => scene.Bpf.CreateHook(ProgramType.Xdp, name: "no good")).Errno);
        Assert.Equal(Errno.EOPNOTSUPP, Assert.Throws<BpfException>(() => Bpf.OpenKernel().CreateHook(ProgramType.Xdp)).Errno);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => scene.Bpf.OpenHook(4711)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => scene.Hook.Run(new byte[1])).Errno);
        using Hook small = scene.Bpf.CreateHook(ProgramType.SchedCls, slots: 1);
        using BpfLink link = program.AttachHook(small);
        Assert.Equal(Errno.ERANGE, Assert.Throws<BpfException>(() => scene.Program("r0 = 6\nexit").AttachHook(small)).Errno);
        using Hook unrunnable = scene.Bpf.CreateHook(ProgramType.CgroupSysctl);
        Assert.Equal(Errno.ENOTSUPP, Assert.Throws<BpfException>(() => unrunnable.Run(Packet)).Errno);
    }

    [Fact]
    public void HooksArePinnedFoundAndGoWithTheirLastReference()
    {
        using HookScene scene = new();
        BpfProgram program = scene.Program("r0 = 5\nexit");
        using BpfLink link = program.AttachHook(scene.Hook);
        scene.Hook.Pin("h");
        uint id = scene.Hook.Id;
        scene.Hook.Dispose();
        using (Hook found = scene.Bpf.OpenPinnedHook("h", MapFlags.ReadOnly))
        {
            Assert.Equal(id, found.Id);
            Assert.Equal(5u, found.Run(Packet));
            Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => scene.Program("r0 = 6\nexit").AttachHook(found)).Errno);
            Assert.Equal([id], scene.Bpf.HookIds());
            Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => scene.Bpf.OpenPinnedLink("h")).Errno);
        }

        scene.Bpf.Unpin("h");
        Assert.Empty(scene.Bpf.HookIds());
        Assert.Equal(0u, link.ReadDetails().HookId);
        Assert.Equal(Errno.ENOLINK, Assert.Throws<BpfException>(() => link.Update(program)).Errno);
        link.Detach();
    }
}
