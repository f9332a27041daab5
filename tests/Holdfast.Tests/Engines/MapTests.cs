using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>What maps do, the same on both engines.</summary>
public sealed class MapTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ArrayStartsZeroAndKeepsWhatIsWritten(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1024, name: "numbers");
        BpfMap<uint, uint> numbers = map.As<uint, uint>();
        Assert.True(numbers.TryLookup(123, out uint value));
        Assert.Equal(0u, value);
        numbers.Update(123, 456);
        Assert.True(numbers.TryLookup(123, out value));
        Assert.Equal(456u, value);
        Assert.False(numbers.TryLookup(1024, out _));
        Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => numbers.Update(1024, 1)).Errno);
        Assert.Equal(Errno.EEXIST, Assert.Throws<BpfException>(() => numbers.Update(1, 1, UpdateFlags.NoExist)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => numbers.TryDelete(1)).Errno);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void HashCreatesReplacesAndDeletes(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 16, 100);
        BpfMap<uint, (ulong, ulong)> pairs = map.As<uint, (ulong, ulong)>();
        Assert.False(pairs.TryLookup(7, out _));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => pairs.Update(7, (1, 2), UpdateFlags.Exist)).Errno);
        pairs.Update(7, (1, 2), UpdateFlags.NoExist);
        Assert.Equal(Errno.EEXIST, Assert.Throws<BpfException>(() => pairs.Update(7, (3, 4), UpdateFlags.NoExist)).Errno);
        pairs.Update(7, (5, 6), UpdateFlags.Exist);
        Assert.True(pairs.TryLookup(7, out (ulong, ulong) value));
        Assert.Equal((5ul, 6ul), value);
        Assert.True(pairs.TryDelete(7));
        Assert.False(pairs.TryDelete(7));
        Assert.False(pairs.TryLookup(7, out _));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void FullHashRefusesNewKeysAndStillReplaces(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, 64);
        BpfMap<uint, ulong> numbers = map.As<uint, ulong>();
        for (uint key = 0; key < 64; key++)
            numbers.Update(key, key);
        Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => numbers.Update(64, 1)).Errno);
        for (uint round = 0; round < 1000; round++)
            numbers.Update(round % 64, round);
        Assert.Equal(64, numbers.Entries().Select(entry => entry.Key).Distinct().Count());
        Assert.True(numbers.TryDelete(3));
        numbers.Update(64, 1);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void PinOutlivesItsDescriptor(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1024))
        {
            map.Pin(engine.Pin("numbers"));
            map.As<uint, uint>().Update(123, 456);
        }

        using BpfMap again = engine.Bpf.OpenPinnedMap(engine.Pin("numbers"));
        using BpfMap third = engine.Bpf.OpenPinnedMap(engine.Pin("numbers"));
        Assert.True(again.As<uint, uint>().TryLookup(123, out uint value));
        Assert.Equal(456u, value);
        again.As<uint, uint>().Update(1, 2);
        Assert.True(third.As<uint, uint>().TryLookup(1, out value));
        Assert.Equal(2u, value);
        Assert.Equal(again.Id, third.Id);
        engine.Bpf.Unpin(engine.Pin("numbers"));
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => engine.Bpf.OpenPinnedMap(engine.Pin("numbers"))).Errno);
        Assert.True(again.As<uint, uint>().TryLookup(123, out value));
        Assert.Equal(456u, value);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ReadOnlyDescriptorCannotWrite(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 4, 8);
        map.Pin(engine.Pin("m"));
        map.As<uint, uint>().Update(1, 1);
        using BpfMap reader = engine.Bpf.OpenPinnedMap(engine.Pin("m"), MapFlags.ReadOnly);
        Assert.True(reader.As<uint, uint>().TryLookup(1, out _));
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => reader.As<uint, uint>().Update(1, 2)).Errno);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => reader.As<uint, uint>().TryDelete(1)).Errno);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void FrozenMapRefusesWrites(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 64, 1);
        byte[] value = new byte[64];
        value[63] = 9;
        map.Update([0, 0, 0, 0], value);
        map.Freeze();
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => map.Update([0, 0, 0, 0], value)).Errno);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(map.Freeze).Errno);
        byte[] read = new byte[64];
        Assert.True(map.TryLookup([0, 0, 0, 0], read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData(MapType.Array, 8, 4, 1u, MapFlags.None)]
    [InlineData(MapType.Array, 4, 0, 1u, MapFlags.None)]
    [InlineData(MapType.Array, 4, 4, 0u, MapFlags.None)]
    [InlineData(MapType.Array, 4, 4, 1u, MapFlags.NoPrealloc)]
    [InlineData(MapType.Hash, 0, 4, 1u, MapFlags.None)]
    [InlineData(MapType.Hash, 4, 0, 1u, MapFlags.None)]
    [InlineData(MapType.Hash, 4, 4, 0u, MapFlags.None)]
    [InlineData(MapType.Hash, 4, 4, 1u, MapFlags.Mmapable)]
    [InlineData(MapType.Hash, 4, 1 << 23, 1u, MapFlags.None)]
    [InlineData(MapType.ProgArray, 4, 8, 1u, MapFlags.None)]
    [InlineData(MapType.ProgArray, 8, 4, 1u, MapFlags.None)]
    [InlineData((MapType)200, 4, 4, 1u, MapFlags.None)]
    public void BothEnginesRefuseTheSameShapes(MapType type, int key, int value, uint entries, MapFlags flags)
    {
        Errno[] answers = new Errno[2];
        foreach ((int index, string name) in new[] { (0, "user"), (1, "kernel") })
        {
            using EngineUnderTest engine = EngineUnderTest.Open(name);
            answers[index] = Assert.Throws<BpfException>(() => engine.Bpf.CreateMap(type, key, value, entries, flags)).Errno;
        }

        Assert.Equal(answers[1], answers[0]);
    }
}
