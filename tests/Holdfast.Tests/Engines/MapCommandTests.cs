using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>bpf(2)'s commands on elements: what each answers, to the error number, on both engines.</summary>
public sealed class MapCommandTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ElementsOfAHash(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2 });
        Assert.True(map > 0);
        byte[] value = new byte[8];
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookup(map, Key(1), value)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapDelete(map, Key(1))));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapUpdate(map, Key(1), value, UpdateFlags.Exist)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookupAndDelete(map, Key(1), value)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapNextKey(map, [], new byte[4])));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(map, Key(1), [1, 0, 0, 0, 0, 0, 0, 0], UpdateFlags.NoExist)));
        Assert.Equal(Errno.EEXIST, Answer(bpf.MapUpdate(map, Key(1), value, UpdateFlags.NoExist)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(map, Key(1), value, (UpdateFlags)3)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(map, Key(1), value, UpdateFlags.Lock)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapLookup(map, Key(1), value, UpdateFlags.Lock)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapLookup(map, Key(1), value, UpdateFlags.Exist)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapLookupAndDelete(map, Key(1), value, UpdateFlags.Exist)));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(map, Key(2), value)));
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapUpdate(map, Key(3), value)));
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapUpdate(map, Key(3), value, UpdateFlags.NoExist)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapUpdate(map, Key(3), value, UpdateFlags.Exist)));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(map, Key(2), value, UpdateFlags.Exist)));
        Assert.Equal(Errno.None, Answer(bpf.MapLookupAndDelete(map, Key(1), value)));
        Assert.Equal(1, value[0]);
        byte[] next = new byte[4];
        Assert.Equal(Errno.None, Answer(bpf.MapNextKey(map, Key(77), next)));
        Assert.Equal(Key(2), next);
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapNextKey(map, Key(2), next)));
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ElementsOfAnArray(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 2 });
        byte[] value = new byte[8], next = new byte[4];
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookup(map, Key(2), value)));
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapUpdate(map, Key(2), value)));
        Assert.Equal(Errno.EEXIST, Answer(bpf.MapUpdate(map, Key(1), value, UpdateFlags.NoExist)));
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapUpdate(map, Key(2), value, UpdateFlags.NoExist)));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(map, Key(1), value, UpdateFlags.Exist)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(map, Key(1), value, (UpdateFlags)3)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(map, Key(1), value, UpdateFlags.Lock)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapDelete(map, Key(1))));
        Assert.Equal(Errno.ENOTSUPP, Answer(bpf.MapLookupAndDelete(map, Key(1), value)));
        Assert.Equal(Errno.None, Answer(bpf.MapNextKey(map, [], next)));
        Assert.Equal(Key(0), next);
        Assert.Equal(Errno.None, Answer(bpf.MapNextKey(map, Key(0), next)));
        Assert.Equal(Key(1), next);
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapNextKey(map, Key(1), next)));
        Assert.Equal(Errno.None, Answer(bpf.MapNextKey(map, Key(9), next)));
        Assert.Equal(Key(0), next);
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void SlotsOfAProgArray(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = 2 });
        int other = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 2 });
        byte[] value = new byte[4];
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookup(map, Key(0), value)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapDelete(map, Key(0))));
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapDelete(map, Key(2))));
        Assert.Equal(Errno.EBADF, Answer(bpf.MapUpdate(map, Key(0), Key(12345))));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(map, Key(0), Key((uint)other))));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(map, Key(0), Key((uint)other), UpdateFlags.NoExist)));
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapUpdate(map, Key(2), Key((uint)other))));
        Assert.Equal(Errno.ENOTSUPP, Answer(bpf.MapLookupAndDelete(map, Key(0), value)));
        Assert.Equal(Errno.None, Answer(bpf.MapNextKey(map, [], value)));
        bpf.Close(other);
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void DescriptorsThatAreNoMaps(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        byte[] value = new byte[8];
        Assert.Equal(Errno.EBADF, Answer(bpf.MapLookup(-1, Key(0), value)));
        Assert.Equal(Errno.EBADF, Answer(bpf.MapUpdate(54321, Key(0), value)));
        Assert.Equal(Errno.EBADF, Answer(bpf.MapFreeze(54321)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.Pin(54321, engine.Pin("none"))));
        MapInfo info = default;
        Assert.Equal(Errno.EBADFD, Answer(bpf.Info(54321, ref info)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapById(uint.MaxValue - 1)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.ProgById(uint.MaxValue - 1)));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapNextId(int.MaxValue - 1, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapNextId(uint.MaxValue, out _)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void NullPointersAreFaults(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2 });
        Assert.Equal(Errno.EFAULT, Answer(bpf.MapLookup(map, [], new byte[8])));
        Assert.Equal(Errno.EFAULT, Answer(bpf.MapUpdate(map, Key(1), [])));
        Assert.Equal(Errno.EFAULT, Answer(bpf.MapDelete(map, [])));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(map, Key(1), new byte[8])));
        Assert.Equal(Errno.EFAULT, Answer(bpf.MapLookup(map, Key(1), [])));
        Assert.Equal(Errno.EFAULT, Answer(bpf.MapNextKey(map, [], [])));
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void FreezingIsForEver(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2 });
        byte[] value = new byte[8];
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(map, Key(1), value)));
        Assert.Equal(Errno.None, Answer(bpf.Pin(map, engine.Pin("frozen"))));
        int reader = bpf.Get(engine.Pin("frozen"), MapFlags.ReadOnly);
        Assert.Equal(Errno.EPERM, Answer(bpf.MapFreeze(reader)));
        Assert.Equal(Errno.None, Answer(bpf.MapFreeze(map)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapFreeze(map)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapUpdate(map, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapDelete(map, Key(1))));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapLookupAndDelete(map, Key(1), value)));
        Assert.Equal(Errno.None, Answer(bpf.MapLookup(map, Key(1), value)));
        int again = bpf.Get(engine.Pin("frozen"));
        Assert.True(again > 0, $"{Answer(again)}");
        Assert.Equal(Errno.EPERM, Answer(bpf.MapUpdate(again, Key(1), value)));
        foreach (int descriptor in new[] { again, reader, map })
            bpf.Close(descriptor);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AccessIsTheDescriptors(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        byte[] value = new byte[8];
        int reader = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2, MapFlags = MapFlags.ReadOnly });
        int writer = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2, MapFlags = MapFlags.WriteOnly });
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 2, MapFlags = MapFlags.ReadOnly | MapFlags.WriteOnly })));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapUpdate(reader, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapDelete(reader, Key(1))));
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookup(reader, Key(1), value)));
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(writer, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapLookup(writer, Key(1), value)));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapNextKey(writer, [], new byte[4])));
        Assert.Equal(Errno.EPERM, Answer(bpf.MapLookupAndDelete(writer, Key(1), value)));
        Assert.Equal(Errno.None, Answer(bpf.MapDelete(writer, Key(1))));
        bpf.Close(reader);
        bpf.Close(writer);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void InfoTellsTheShape(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute
        {
            MapType = MapType.Hash,
            KeySize = 5,
            ValueSize = 9,
            MaxEntries = 17,
            MapFlags = MapFlags.NoPrealloc,
            MapName = ObjectName.From("some_name.1"),
        });
        MapInfo info = default;
        Assert.Equal(Errno.None, Answer(bpf.Info(map, ref info)));
        Assert.Equal((MapType.Hash, 5u, 9u, 17u), (info.Type, info.KeySize, info.ValueSize, info.MaxEntries));
        Assert.Equal(MapFlags.NoPrealloc, info.MapFlags);
        Assert.Equal("some_name.1", info.Name.ToString());
        int same = bpf.MapById(info.Id);
        Assert.True(same > 0);
        Assert.Equal(Errno.None, Answer(bpf.MapUpdate(same, new byte[5], new byte[9])));
        Assert.Equal(Errno.None, Answer(bpf.MapLookup(map, new byte[5], new byte[9])));
        Assert.Equal(0, bpf.MapNextId(info.Id - 1, out uint next));
        Assert.Equal(info.Id, next);
        bpf.Close(same);
        bpf.Close(map);
        Assert.Equal(Errno.ENOENT, Gone(bpf, info.Id));
    }

    internal static byte[] Key(uint key)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, key);
        return bytes;
    }

    /// <summary>The kernel frees a map a moment after its last descriptor; a process being started may hold one of ours a moment.</summary>
    private static Errno Gone(IBpfEngine bpf, uint id)
    {
        for (int attempt = 0; ; attempt++)
        {
            int descriptor = bpf.MapById(id);
            if (descriptor < 0 || attempt == 200)
                return Answer(descriptor);
            bpf.Close(descriptor);
            Thread.Sleep(10);
        }
    }
}
