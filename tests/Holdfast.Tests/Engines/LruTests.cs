using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>LRU maps, from user space and from programs: what goes, and what stays.</summary>
public sealed class LruTests
{
    private const uint Entries = 1000;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    public static TheoryData<string, MapType> Runners =>
        new MatrixTheoryData<string, MapType>(["user", "interpreter", "kernel"], [MapType.LruHash, MapType.LruPerCpuHash]);

    [Theory]
    [MemberData(nameof(Runners))]
    public void AProgramMayInsertForEver(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = engine.Bpf.CreateMap(type, 4, 8, 64);
        uint failures = Once(engine, $"""
            r6 = 0
            r7 = 0
            again:
            *(u32 *)(r10 - 4) = r6
            *(u64 *)(r10 - 16) = r6
            r1 = map[fd:{PerCpuProgramTests.Handle(map)}]
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 0
            call bpf_map_update_elem
            if r0 == 0 goto went
            r7 += 1
            went:
            r6 += 1
            if r6 < 2000 goto again
            r0 = r7
            exit
            """);
        Assert.Equal(0u, failures);
        uint[] keys = Keys(map);
        Assert.InRange(keys.Length, 1, 64);
        Assert.Contains(1999u, keys);
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, key => Assert.InRange(key, 1000u, 1999u));
        Assert.False(map.TryLookup(MapCommandTests.Key(0), new byte[map.ValueBufferSize]));
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public void WhatAProgramLooksUpStays(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = engine.Bpf.CreateMap(type, 4, 8, Entries);
        Insert(map, 0, 500);
        Assert.Equal(7u, Once(engine, PerCpuProgramTests.LookedUp(PerCpuProgramTests.Handle(map), 2, "r0 = 7\nexit")));
        Insert(map, 500, 1400);
        Assert.True(map.TryLookup(MapCommandTests.Key(2), new byte[map.ValueBufferSize]));
        Assert.False(map.TryLookup(MapCommandTests.Key(3), new byte[map.ValueBufferSize]));
        Assert.InRange(Keys(map).Length, 1, (int)Entries);
    }

    /// <summary><c>htab_lru_map_lookup_elem_sys</c> leaves no mark.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatUserSpaceLooksUpGoes(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.LruHash, 4, 8, Entries);
        Insert(map, 0, 500);
        Assert.True(map.TryLookup(MapCommandTests.Key(2), new byte[8]));
        Insert(map, 500, 1400);
        Assert.False(map.TryLookup(MapCommandTests.Key(2), new byte[8]));
    }

    /// <summary>A batch larger than the map goes through, and its last key is there.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void ABatchMayBeLargerThanTheMap(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(MapType.LruHash, 4, 8, 100);
        uint count = 300;
        byte[] keys = [.. Enumerable.Range(0, 300).SelectMany(key => MapCommandTests.Key((uint)key))];
        Assert.Equal(0, bpf.MapUpdateBatch(map, keys, new byte[300 * 8], ref count));
        Assert.Equal(300u, count);
        Assert.Equal(0, bpf.MapLookup(map, MapCommandTests.Key(299), new byte[8]));
        count = 300;
        Assert.Equal(-(int)Errno.ENOENT, bpf.MapLookupBatch(map, andDelete: false, [], new byte[4], new byte[1200], new byte[2400], ref count));
        Assert.InRange(count, 1u, 100u);
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AListForEachCpuRoundsTheCapacity(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        int cpus = ((IExecutionSlots)engine.Bpf.Engine).ExecutionSlots;
        foreach (MapType type in new[] { MapType.LruHash, MapType.LruPerCpuHash })
        {
            for (uint entries = 1; entries < (2 * cpus) + 2; entries++)
            {
                using BpfMap common = engine.Bpf.CreateMap(type, 4, 8, entries), own = engine.Bpf.CreateMap(type, 4, 8, entries, MapFlags.NoCommonLru);
                Assert.Equal(entries, common.Info.MaxEntries);
                Assert.Equal((uint)((entries + cpus - 1) / cpus * cpus), own.Info.MaxEntries);
                Assert.Equal(MapFlags.NoCommonLru, own.Info.MapFlags);
                own.Update(MapCommandTests.Key(1), new byte[own.ValueBufferSize]);
                Assert.Equal([1u], Keys(own));
            }
        }
    }

    private static EngineUnderTest Open(string runner) =>
        EngineUnderTest.Open(runner == "interpreter" ? "user" : runner, interpreted: runner == "interpreter");

    private static void Insert(BpfMap map, uint from, uint to)
    {
        for (uint key = from; key < to; key++)
            map.Update(MapCommandTests.Key(key), new byte[map.ValueBufferSize]);
    }

    private static uint[] Keys(BpfMap map)
    {
        List<uint> keys = [];
        byte[] key = [], next = new byte[4];
        while (map.TryGetNextKey(key, next))
            keys.Add(BitConverter.ToUInt32(key = [.. next]));
        return [.. keys];
    }

    private static uint Once(EngineUnderTest engine, string text)
    {
        int program = Programs.Accept(engine.Bpf.Engine, text);
        Assert.Equal(0, engine.Bpf.Engine.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        engine.Bpf.Engine.Close(program);
        return result.ReturnValue;
    }
}
