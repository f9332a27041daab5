using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>The batch commands on both engines.</summary>
public sealed class MapBatchTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AHashIsFilledReadAndEmptiedInBatches(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 100 });
        byte[] keys = [.. Enumerable.Range(0, 100).SelectMany(key => Key((uint)key))];
        uint count = 100;
        Assert.Equal(Errno.None, Answer(bpf.MapUpdateBatch(map, keys, keys, ref count)));
        Assert.Equal(100u, count);
        count = 1;
        Assert.Equal(Errno.E2BIG, Answer(bpf.MapUpdateBatch(map, Key(1000), Key(1), ref count)));
        Assert.Equal(0u, count);

        HashSet<uint> seen = ReadAll(bpf, map, batch: 40);
        Assert.Equal(100, seen.Count);

        count = 2;
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapDeleteBatch(map, [.. Key(5), .. Key(1000)], ref count)));
        Assert.Equal(1u, count);
        Assert.Equal(99, ReadAll(bpf, map, batch: 100).Count);

        count = 100;
        byte[] token = new byte[4], outKeys = new byte[400], outValues = new byte[400];
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookupBatch(map, andDelete: true, [], token, outKeys, outValues, ref count)));
        Assert.Equal(99u, count);
        Assert.Empty(ReadAll(bpf, map, batch: 100));
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnArrayIsReadByIndices(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 10 });
        byte[] keys = [.. Enumerable.Range(0, 10).SelectMany(key => Key((uint)key))];
        uint count = 10;
        Assert.Equal(Errno.None, Answer(bpf.MapUpdateBatch(map, keys, keys, ref count)));
        byte[] token = new byte[4], outKeys = new byte[16], outValues = new byte[16];
        count = 4;
        Assert.Equal(Errno.None, Answer(bpf.MapLookupBatch(map, andDelete: false, [], token, outKeys, outValues, ref count)));
        Assert.Equal((4u, 3u), (count, BinaryPrimitives.ReadUInt32LittleEndian(outKeys.AsSpan(12))));
        Assert.Equal(outKeys, outValues);
        count = 4;
        Assert.Equal(Errno.None, Answer(bpf.MapLookupBatch(map, andDelete: false, [.. token], token, outKeys, outValues, ref count)));
        count = 4;
        Assert.Equal(Errno.ENOENT, Answer(bpf.MapLookupBatch(map, andDelete: false, [.. token], token, outKeys, outValues, ref count)));
        Assert.Equal((2u, 9u), (count, BinaryPrimitives.ReadUInt32LittleEndian(outKeys.AsSpan(4))));
        count = 4;
        Assert.Equal(Errno.ENOTSUPP, Answer(bpf.MapLookupBatch(map, andDelete: true, [], token, outKeys, outValues, ref count)));
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WrongBatchesAreRefused(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 10 });
        int slots = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = 10 });
        byte[] four = new byte[4];
        uint count = 0;
        Assert.Equal(Errno.None, Answer(bpf.MapUpdateBatch(map, four, four, ref count)));
        Assert.Equal(Errno.None, Answer(bpf.MapLookupBatch(map, andDelete: false, [], four, four, four, ref count)));
        count = 1;
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdateBatch(map, four, four, ref count, (UpdateFlags)8)));
        count = 1;
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdateBatch(map, four, four, ref count, UpdateFlags.Lock)));
        count = 1;
        Assert.Equal(Errno.ENOTSUPP, Answer(bpf.MapLookupBatch(slots, andDelete: false, [], four, four, four, ref count)));
        count = 1;
        Assert.Equal(Errno.EBADF, Answer(bpf.MapUpdateBatch(54321, four, four, ref count)));
        count = 1;
        Assert.Equal(Errno.EINVAL, bpf.Invoke(BpfCommand.MapLookupBatch, new MapBatchAttribute { MapFd = (uint)map, Count = 1, Flags = 1 }, SizeOf<MapBatchAttribute>()));
        bpf.Close(map);
        bpf.Close(slots);
    }

    private static HashSet<uint> ReadAll(IBpfEngine bpf, int map, uint batch)
    {
        HashSet<uint> seen = [];
        byte[] token = [], next = new byte[4], keys = new byte[4 * batch], values = new byte[4 * batch];
        for (int result = 0; result == 0; token = [.. next])
        {
            uint count = batch;
            result = bpf.MapLookupBatch(map, andDelete: false, token, next, keys, values, ref count);
            Assert.True(result is 0 or -(int)Errno.ENOENT, $"{Answer(result)}");
            for (int index = 0; index < count; index++)
                Assert.True(seen.Add(BinaryPrimitives.ReadUInt32LittleEndian(keys.AsSpan(index * 4))));
        }

        return seen;
    }
}
