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

    /// <summary>A row of <c>docs/parity.md</c>: there is nothing to attach to in the userspace engine, and it says what does have it.</summary>
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
