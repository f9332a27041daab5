using System.Net.Sockets;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>What both engines answer of links and attachment; the kernel's own places have their tests in Holdfast.Kernel.Tests.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void LinksThatAreNotThereAreNotFound(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        Assert.Equal(Errno.ENOENT, Answer(bpf.LinkById(0x7ffffff0)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.LinkNextId(0x7ffffff0, out _)));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => engine.Bpf.OpenLink(0x7ffffff0)).Errno);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void APinOfAnotherKindIsNoLink(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(engine.Pin("m"));
        BpfException wrong = Assert.Throws<BpfException>(() => engine.Bpf.OpenPinnedLink(engine.Pin("m")));
        Assert.Equal(Errno.EINVAL, wrong.Errno);
        Assert.Contains("is a Map, not a Link", wrong.Message, StringComparison.Ordinal);
        map.Unpin(engine.Pin("m"));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => map.Unpin(engine.Pin("m"))).Errno);
    }

    /// <summary>A row of <c>docs/parity.md</c>: the userspace engine has hooks only, and it says what has the other places.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void AttachingNeedsAnEngineWithSomethingToAttachTo(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int descriptor = Programs.Accept(bpf, Programs.ReturnOne);
        Assert.Equal(0, bpf.Pin(descriptor, engine.Pin("p")));
        Assert.Equal(Errno.EINVAL, Answer(bpf.LinkCreate(descriptor, 1, AttachType.Xdp)));
        bpf.Close(descriptor);
        using BpfProgram program = engine.Bpf.OpenPinnedProgram(engine.Pin("p"));
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        if (engine.IsKernel)
        {
            program.AttachSocket(socket);
            program.DetachSocket(socket);
            return;
        }

        foreach (Action attach in new Action[]
        {
            () => program.Attach(), () => program.AttachSocket(socket), () => program.AttachXdp(1), () => program.AttachCgroup("/"),
            () => program.AttachTracepoint("syscalls", "sys_enter_getpid"), () => program.AttachTc(1, TrafficDirection.Ingress),
        })
        {
            BpfException refused = Assert.Throws<BpfException>(attach);
            Assert.Equal(Errno.EOPNOTSUPP, refused.Errno);
            Assert.Contains("open the kernel's", refused.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A pinned link keeps its program, and that its map, without any descriptor; one <c>rm</c> and all three go.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void ALinkKeepsItsProgramAndThatItsMap(string name) => LinkPlace.Run(name, (engine, place) =>
    {
        int map = place.Bpf.MapCreate(MapType.Array, 4, 8, 1);
        int program = Programs.Accept(place.Bpf, $"r1 = map[fd:{map}]\nr0 = -1\nexit", ProgramType.SchedCls), link = place.Attach(program);
        (uint mapId, uint programId, uint linkId) = (place.Bpf.MapId(map), place.ProgramId(program), place.Info(link).Id);
        Assert.Equal(0, place.Bpf.Pin(link, engine.Pin("l")));
        foreach (int descriptor in new[] { link, program, map })
            Assert.Equal(0, place.Bpf.Close(descriptor));
        Assert.True(Eventually.Exists(place.Bpf, ObjectKind.Map, mapId) && Eventually.Exists(place.Bpf, ObjectKind.Program, programId));
        using (BpfLink found = engine.Bpf.OpenPinnedLink(engine.Pin("l")))
            Assert.Equal((linkId, programId), (found.Id, found.ReadDetails().ProgramId));
        Assert.Equal([programId], place.List());

        File.Delete(engine.Pin("l"));
        _ = engine.Bpf.Store?.Collect();
        Eventually.Gone(place.Bpf, ObjectKind.Program, programId);
        Eventually.Gone(place.Bpf, ObjectKind.Map, mapId);
        Assert.Equal(Errno.ENOENT, Answer(place.Bpf.LinkById(linkId)));
        Assert.Empty(place.List());
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void APinnedLinkTakesANewProgramIfTheExpectedOneIsThere(string name) => LinkPlace.Run(name, (engine, place) =>
    {
        int one = place.Program(), two = place.Program(), link = place.Attach(one);
        Assert.Equal(0, place.Bpf.Pin(link, engine.Pin("l")));
        Assert.Equal(0, place.Bpf.Close(link));
        int found = place.Bpf.Get(engine.Pin("l")), byId = place.Bpf.LinkById(place.Info(found).Id);
        Assert.Equal(Errno.EPERM, Answer(place.Bpf.LinkUpdate(found, two, expected: two)));
        Assert.Equal([place.ProgramId(one)], place.List());
        Assert.Equal(0, place.Bpf.LinkUpdate(found, two, expected: one));
        Assert.Equal([place.ProgramId(two)], place.List());
        Assert.Equal(place.ProgramId(two), place.Info(byId).ProgId);
        uint old = place.ProgramId(one);
        Assert.Equal(0, place.Bpf.Close(one));
        Eventually.Gone(place.Bpf, ObjectKind.Program, old);
        Assert.Equal(0, place.Bpf.LinkDetach(byId));
        Assert.Empty(place.List());
        foreach (int descriptor in new[] { found, byId, two })
            Assert.Equal(0, place.Bpf.Close(descriptor));
        File.Delete(engine.Pin("l"));
    });

    /// <summary>The lines that any link has, in their order; then each place has its own.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void FdInfoOfALinkBeginsTheSameWay(string name) => LinkPlace.Run(name, (engine, place) =>
    {
        int program = place.Program(), descriptor = place.Attach(program);
        using BpfLink link = engine.Bpf.OpenLink(place.Info(descriptor).Id);
        ProgInfo info = default;
        Assert.Equal(0, place.Bpf.Info(program, ref info));
        string[] lines = link.ReadFdInfo().Split('\n');
        Assert.Equal(
            [$"link_type:\t{(engine.IsKernel ? "tcx" : "hook")}", $"link_id:\t{link.Id}", $"prog_tag:\t{System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(info.Tag):x16}", $"prog_id:\t{info.Id}"],
            lines[..4]);
        Assert.StartsWith(engine.IsKernel ? "ifindex:\t1" : "hook_id:\t", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("attach_type:\t46", lines[5], StringComparison.Ordinal);
        Assert.Equal(0, place.Bpf.Close(descriptor));
        Assert.Equal(0, place.Bpf.Close(program));
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ADirectoryOfPinsIsListedTheSameWay(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1, name: "listed");
        map.Pin(engine.Pin("m"));
        Directory.CreateDirectory(engine.Pin("d"));
        var entries = engine.Bpf.List(engine.Pins).Where(entry => !entry.Name.Contains('.', StringComparison.Ordinal)).OrderBy(entry => entry.Name).ToList();
        Assert.Equal(["d", "m"], entries.Select(entry => entry.Name));
        Assert.Equal((ObjectKind.Map, map.Id, "listed"), (entries[1].Kind, entries[1].Id, entries[1].ObjectName));
        Directory.Delete(engine.Pin("d"));
        map.Unpin(engine.Pin("m"));
    }
}
