using System.Net.Sockets;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Objects that go from process to process over a Unix socket, on both engines.</summary>
public sealed class PassingTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnObjectIsKeptAliveOnItsWay(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        (Socket first, Socket second) = Pair();
        uint id;
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            map.Update(new byte[4], [1, 2, 3, 4]);
            id = map.Id;
            map.Send(first);
        }

        first.Dispose();
        using (BpfMap received = (BpfMap)engine.Bpf.Receive(second))
        {
            Assert.Equal(id, received.Id);
            byte[] value = new byte[4];
            Assert.True(received.TryLookup(new byte[4], value));
            Assert.Equal([1, 2, 3, 4], value);
        }

        Eventually.Gone(engine.Bpf.Engine, ObjectKind.Map, id);
        Assert.Equal(Errno.EPIPE, Assert.Throws<BpfException>(() => engine.Bpf.Receive(second)).Errno);
        second.Dispose();
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatIsNoObjectIsRefusedAndClosed(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        (Socket first, Socket second) = Pair();
        string path = Path.GetTempFileName();
        using (FileStream file = File.OpenRead(path))
            Assert.Equal(Errno.None, Storage.Memory.DescriptorPassing.Send((int)first.Handle, (int)file.SafeFileHandle.DangerousGetHandle()));
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => engine.Bpf.Receive(second)).Errno);
        Assert.DoesNotContain(Directory.EnumerateFiles("/proc/self/fd"), descriptor => new FileInfo(descriptor).LinkTarget == path);
        first.Send([0]);
        Assert.Equal(Errno.ENOMSG, Assert.Throws<BpfException>(() => engine.Bpf.Receive(second)).Errno);
        first.Dispose();
        second.Dispose();
        File.Delete(path);
    }

    private static (Socket First, Socket Second) Pair()
    {
        string path = Path.Combine(Path.GetTempPath(), $"holdfast-{Guid.NewGuid():N}");
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        Socket first = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        first.Connect(new UnixDomainSocketEndPoint(path));
        Socket second = listener.Accept();
        File.Delete(path);
        return (first, second);
    }
}
