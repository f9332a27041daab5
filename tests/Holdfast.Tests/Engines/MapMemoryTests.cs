using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Arrays mapped into the caller: what each side stores the other sees, and who may map what.</summary>
public sealed class MapMemoryTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatEachSideStoresTheOtherSees(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 12, 1000, MapFlags.Mmapable);
        using BpfMapMemory memory = map.Map(), other = map.Map(writable: false);
        Assert.Equal((1000u, 16L, 16384L, true, false), (memory.Entries, memory.Stride, memory.Length, memory.IsWritable, other.IsWritable));
        byte[] value = new byte[12];
        foreach (uint index in new uint[] { 0, 1, 500, 999 })
        {
            Assert.All(memory.Read(index).ToArray(), static zero => Assert.Equal(0, zero));
            memory.Write(index).Fill((byte)(index + 1));
            Assert.True(map.TryLookup(Key(index), value));
            Assert.All(value, part => Assert.Equal((byte)(index + 1), part));
            map.Update(Key(index), [.. Enumerable.Repeat((byte)(index + 2), 12)]);
            Assert.All(memory.Read(index).ToArray(), part => Assert.Equal((byte)(index + 2), part));
            Assert.Equal(memory.Read(index), other.Read(index));
        }

        Assert.Equal(7u, Interlocked.Add(ref memory.At<uint>(2), 7));
        Assert.True(map.TryLookup(Key(2), value));
        Assert.Equal(7u, BinaryPrimitives.ReadUInt32LittleEndian(value));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AProgramsStoresAreSeen(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 8, 4, MapFlags.Mmapable);
        using BpfMapMemory memory = map.Map();
        memory.At<ulong>(3) = 40;
        int program = Programs.Accept(bpf, $"*(u32 *)(r10 - 4) = 3\nr1 = map[fd:{map.Handle.Descriptor}]\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 == 0 goto +2\nr1 = 2\nlock *(u64 *)(r0 + 0) += r1\nr0 = 0\nexit");
        Assert.Equal(0, bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = 5 }, out _));
        Assert.Equal(50ul, memory.At<ulong>(3));
        bpf.Close(program);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMappingOutlivesTheDescriptor(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 8, 4, MapFlags.Mmapable);
        uint id = map.Id;
        BpfMapMemory memory = map.Map();
        map.Dispose();
        memory.At<ulong>(1) = 5;
        using (BpfMap again = engine.Bpf.OpenMap(id))
        {
            byte[] value = new byte[8];
            Assert.True(again.TryLookup(Key(1), value));
            Assert.Equal(5, value[0]);
        }

        memory.Dispose();
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Read(0).Length);
        Eventually.Gone(engine.Bpf.Engine, ObjectKind.Map, id);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhoMayMap(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        foreach ((MapType type, MapFlags flags, Errno reading, Errno writing) in new[]
        {
            (MapType.Array, MapFlags.Mmapable, Errno.None, Errno.None),
            (MapType.Array, MapFlags.None, Errno.EINVAL, Errno.EINVAL),
            (MapType.Hash, MapFlags.None, Errno.ENOTSUPP, Errno.ENOTSUPP),
            (MapType.PerCpuArray, MapFlags.None, Errno.ENOTSUPP, Errno.ENOTSUPP),
            (MapType.Array, MapFlags.Mmapable | MapFlags.ReadOnly, Errno.EINVAL, Errno.EACCES),
            (MapType.Array, MapFlags.Mmapable | MapFlags.WriteOnly, Errno.EACCES, Errno.EACCES),
            (MapType.Array, MapFlags.Mmapable | MapFlags.ReadOnlyProgram, Errno.None, Errno.EACCES),
            (MapType.Array, MapFlags.Mmapable | MapFlags.WriteOnlyProgram, Errno.None, Errno.None),
            (MapType.Array, MapFlags.ReadOnlyProgram, Errno.EINVAL, Errno.EACCES),
        })
        {
            using BpfMap map = engine.Bpf.CreateMap(type, 4, 8, 4, flags);
            Assert.Equal((type, flags, reading, writing), (type, flags, Map(map, writable: false), Map(map, writable: true)));
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AFrozenMapIsMappedForReadingAndAMappedOneIsNotFrozen(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 8, 4, MapFlags.Mmapable);
        BpfMapMemory first = map.Map(), second = map.Map();
        first.At<ulong>(0) = 9;
        Assert.Equal(Errno.EBUSY, Assert.Throws<BpfException>(map.Freeze).Errno);
        first.Dispose();
        Assert.Equal(Errno.EBUSY, Assert.Throws<BpfException>(map.Freeze).Errno);
        second.Dispose();
        using BpfMapMemory reading = map.Map(writable: false);
        map.Freeze();
        Assert.Equal(9, reading.Read(0)[0]);
        Assert.Equal((Errno.None, Errno.EPERM), (Map(map, writable: false), Map(map, writable: true)));
        Assert.Throws<InvalidOperationException>(() => reading.Write(0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => reading.Read(4).Length);
    }

    private static Errno Map(BpfMap map, bool writable)
    {
        try
        {
            map.Map(writable).Dispose();
            return Errno.None;
        }
        catch (BpfException failure)
        {
            Assert.DoesNotContain('\n', failure.Message);
            return failure.Errno;
        }
    }
}
