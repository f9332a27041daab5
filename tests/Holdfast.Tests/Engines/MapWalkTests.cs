using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Walks through maps that change meanwhile, and batches of typed entries, on both engines.</summary>
public sealed class MapWalkTests
{
    private const uint Entries = 2000;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void KeysThatStayAreMetOnceWhileOthersAreDeletedAndInserted(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, Entries);
        BpfMap<uint, ulong> numbers = map.As<uint, ulong>();
        for (uint key = 0; key < Entries; key++)
            numbers.Update(key, key);
        Dictionary<uint, int> met = [];
        uint next = Entries;
        foreach ((uint key, ulong value) in numbers.Entries())
        {
            Assert.Equal(key, value);
            met[key] = met.GetValueOrDefault(key) + 1;
            // Every third key stays. The one just met goes, as do its neighbours, and new ones come.
            for (uint other = key - 1; other != key + 2; other++)
            {
                if (other % 3 != 0 && numbers.TryDelete(other))
                    numbers.Update(next += next % 3 == 2 ? 2u : 1u, next);
            }
        }

        for (uint key = 0; key < Entries; key += 3)
            Assert.Equal(1, met.GetValueOrDefault(key));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMapIsEmptiedByItsOwnWalk(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, Entries);
        BpfMap<uint, ulong> numbers = map.As<uint, ulong>();
        for (uint key = 0; key < Entries; key++)
            numbers.Update(key, key);
        int deleted = numbers.Entries().Count(entry => numbers.TryDelete(entry.Key));
        Assert.Equal((int)Entries, deleted);
        Assert.Empty(numbers.Entries());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void KindsWithoutBatchesAreWalkedKeyByKey(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap slots = engine.Bpf.CreateMap(MapType.ProgArray, 4, 4, 16);
        int program = Programs.Accept(engine.Bpf.Engine, Programs.ReturnOne);
        BpfMap<uint, uint> typed = slots.As<uint, uint>();
        typed.Update(3, (uint)program);
        typed.Update(11, (uint)program);
        Assert.Equal([3u, 11u], typed.Entries().Select(entry => entry.Key));
        engine.Bpf.Engine.Close(program);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TypedBatchesFillReadAndEmptyAMap(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, Entries);
        BpfMap<uint, ulong> numbers = map.As<uint, ulong>();
        uint[] keys = [.. Enumerable.Range(0, (int)Entries).Select(key => (uint)key)];
        numbers.UpdateBatch(keys, [.. keys.Select(key => key * 10ul)]);
        Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => numbers.UpdateBatch([5, Entries], [1, 1])).Errno);
        Assert.Contains("after 1 of 2", Assert.Throws<BpfException>(() => numbers.UpdateBatch([5, Entries], [50, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => numbers.UpdateBatch([1, 2], [1]));

        uint[] someKeys = new uint[300];
        ulong[] someValues = new ulong[300];
        HashSet<uint> seen = [];
        MapBatchCursor cursor = new();
        for (int read; (read = numbers.LookupBatch(cursor, someKeys, someValues)) > 0;)
        {
            for (int i = 0; i < read; i++)
            {
                Assert.Equal(someKeys[i] * 10ul, someValues[i]);
                Assert.True(seen.Add(someKeys[i]));
            }
        }

        Assert.True(cursor.AtEnd);
        Assert.Equal((int)Entries, seen.Count);
        Assert.Equal(2, numbers.DeleteBatch([1, 2, Entries + 1, 3]));
        int taken = 0;
        cursor = new();
        while (!cursor.AtEnd)
            taken += numbers.LookupAndDeleteBatch(cursor, someKeys, someValues);
        Assert.Equal((int)Entries - 2, taken);
        Assert.Empty(numbers.Entries());
    }

    /// <summary>Of a quarter of a billion buckets twenty are there: a walk goes from one to the next, not through all.</summary>
    [Fact]
    public void AHugeMapIsWalkedByWhatIsThere()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        using BpfMap map = engine.Bpf.CreateMap(MapType.Hash, 4, 8, 1u << 28, MapFlags.NoPrealloc);
        BpfMap<uint, ulong> numbers = map.As<uint, ulong>();
        for (uint key = 0; key < 20; key++)
            numbers.Update(key * 7919, key);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        HashSet<uint> met = [];
        byte[] at = [], next = new byte[4];
        for (; engine.Bpf.Engine.MapNextKey(map.Handle.Descriptor, at, next) == 0; at = [.. next])
            Assert.True(met.Add(BitConverter.ToUInt32(next)));
        TimeSpan byKeys = System.Diagnostics.Stopwatch.GetElapsedTime(start);
        Assert.Equal(20, met.Count);
        Assert.Equal(20, numbers.Entries().Count());
        TestContext.Current.TestOutputHelper?.WriteLine($"{byKeys.TotalMilliseconds:f2} ms by keys");
        Assert.True(byKeys < TimeSpan.FromSeconds(1), $"{byKeys}");
    }
}
