using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Arrays and hashes of maps: shapes, templates, the commands, programs that look into inner maps, what is kept alive.</summary>
public sealed class MapOfMapsTests
{
    private static readonly MapType[] Kinds = [MapType.ArrayOfMaps, MapType.HashOfMaps];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ShapesOfTheOuterMap(string name) => AnswerSheet.Check(name, "map-of-maps-create", sheet =>
    {
        int inner = sheet.Bpf.MapCreate(MapType.Hash, 4, 8, 3), program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        foreach (MapType kind in Kinds)
        {
            MapCreateAttribute shape = new() { MapType = kind, KeySize = 4, ValueSize = 4, MaxEntries = 2, InnerMapFd = (uint)inner };
            for (int bit = 0; bit < 32; bit++)
                sheet.Add($"{kind} flag {bit}", sheet.Bpf.MapCreate(shape with { MapFlags = (MapFlags)(1u << bit) }));
            foreach (uint size in new uint[] { 0, 1, 3, 5, 8, 512 })
            {
                sheet.Add($"{kind} key {size}", sheet.Bpf.MapCreate(shape with { KeySize = size }));
                sheet.Add($"{kind} value {size}", sheet.Bpf.MapCreate(shape with { ValueSize = size }));
            }

            sheet.Add($"{kind} no entries", sheet.Bpf.MapCreate(shape with { MaxEntries = 0 }));
            sheet.Add($"{kind} no template", sheet.Bpf.MapCreate(shape with { InnerMapFd = 54321 }));
            sheet.Add($"{kind} a program as template", sheet.Bpf.MapCreate(shape with { InnerMapFd = (uint)program }));
            int outer = sheet.Bpf.MapCreate(shape);
            sheet.Add($"{kind} itself as template", sheet.Bpf.MapCreate(shape with { InnerMapFd = (uint)outer }));
            sheet.Bpf.Close(outer);
            int slots = sheet.Bpf.MapCreate(MapType.ProgArray, 4, 4, 2);
            sheet.Add($"{kind} a prog array as template", sheet.Bpf.MapCreate(shape with { InnerMapFd = (uint)slots }));
            sheet.Bpf.Close(slots);
        }

        sheet.Bpf.Close(inner);
        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhichInnerMapsFit(string name) => AnswerSheet.Check(name, "map-of-maps-fit", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        MapCreateAttribute array = new() { MapType = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 3 };
        MapCreateAttribute hash = array with { MapType = MapType.Hash };
        (string Name, MapCreateAttribute Shape)[] shapes =
        [
            ("array", array), ("longer array", array with { MaxEntries = 4 }), ("wider array", array with { ValueSize = 16 }),
            ("INNER_MAP array", array with { MapFlags = MapFlags.InnerMap }), ("longer INNER_MAP array", array with { MapFlags = MapFlags.InnerMap, MaxEntries = 9 }),
            ("read-only array", array with { MapFlags = MapFlags.ReadOnly }), ("array that programs only read", array with { MapFlags = MapFlags.ReadOnlyProgram }),
            ("hash", hash), ("longer hash", hash with { MaxEntries = 9 }), ("hash of longer keys", hash with { KeySize = 8 }), ("NO_PREALLOC hash", hash with { MapFlags = MapFlags.NoPrealloc }),
            ("queue", new() { MapType = MapType.Queue, ValueSize = 8, MaxEntries = 3 }), ("longer queue", new() { MapType = MapType.Queue, ValueSize = 8, MaxEntries = 5 }),
            ("trie", hash with { MapType = MapType.LpmTrie, KeySize = 8, MapFlags = MapFlags.NoPrealloc }),
        ];
        foreach (MapType kind in Kinds)
        {
            foreach ((string template, MapCreateAttribute shape) in shapes)
            {
                int first = bpf.MapCreate(shape);
                int outer = bpf.MapCreate(new MapCreateAttribute { MapType = kind, KeySize = 4, ValueSize = 4, MaxEntries = 2, InnerMapFd = (uint)first });
                foreach ((string other, MapCreateAttribute otherShape) in shapes)
                {
                    int inner = bpf.MapCreate(otherShape);
                    sheet.Add($"{kind} of {template}: {other}", bpf.MapUpdate(outer, Key(1), Key((uint)inner)));
                    bpf.Close(inner);
                }

                bpf.Close(first);
                bpf.Close(outer);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheCommands(string name) => AnswerSheet.Check(name, "map-of-maps-commands", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int program = Programs.Accept(bpf, Programs.ReturnOne);
        foreach (MapType kind in Kinds)
        {
            int one = bpf.MapCreate(MapType.Hash, 4, 8, 3), two = bpf.MapCreate(MapType.Hash, 4, 8, 3);
            Dictionary<uint, string> names = new() { [bpf.MapId(one)] = "one", [bpf.MapId(two)] = "two" };
            int outer = bpf.MapCreate(new MapCreateAttribute { MapType = kind, KeySize = 4, ValueSize = 4, MaxEntries = 3, InnerMapFd = (uint)one });
            byte[] value = new byte[4], next = new byte[4];
            string Read(int result) => result < 0 ? RawCalls.Answer(result).ToString() : names.GetValueOrDefault(BinaryPrimitives.ReadUInt32LittleEndian(value), "?");
            foreach (ulong flags in new ulong[] { 0, 1, 2, 3, 4, 8 })
            {
                foreach (uint key in new uint[] { 0, 2, 3 })
                {
                    string what = $"{kind} key {key} flags {flags}";
                    sheet.Add($"{what} update", bpf.MapUpdate(outer, Key(key), Key((uint)one), (UpdateFlags)flags));
                    sheet.Add($"{what} lookup", Read(bpf.MapLookup(outer, Key(key), value)));
                    sheet.Add($"{what} update again", bpf.MapUpdate(outer, Key(key), Key((uint)two), (UpdateFlags)flags));
                    sheet.Add($"{what} lookup again", Read(bpf.MapLookup(outer, Key(key), value)));
                    sheet.Add($"{what} next key", flags == 0 || kind == MapType.ArrayOfMaps ? $"{RawCalls.Answer(bpf.MapNextKey(outer, Key(key), next))}" : "");
                    sheet.Add($"{what} lookup and delete", Read(bpf.MapLookupAndDelete(outer, Key(key), value)));
                    sheet.Add($"{what} delete", bpf.MapDelete(outer, Key(key)));
                    sheet.Add($"{what} delete again", bpf.MapDelete(outer, Key(key)));
                    sheet.Add($"{what} a program", bpf.MapUpdate(outer, Key(key), Key((uint)program), (UpdateFlags)flags));
                    sheet.Add($"{what} nothing", bpf.MapUpdate(outer, Key(key), Key(54321), (UpdateFlags)flags));
                    sheet.Add($"{what} itself", bpf.MapUpdate(outer, Key(key), Key((uint)outer), (UpdateFlags)flags));
                }
            }

            uint count = 2;
            sheet.Add($"{kind} update batch", bpf.MapUpdateBatch(outer, [.. Key(0), .. Key(2)], [.. Key((uint)one), .. Key((uint)two)], ref count));
            count = 8;
            byte[] keys = new byte[32], values = new byte[32];
            sheet.Add($"{kind} lookup batch", bpf.MapLookupBatch(outer, andDelete: false, [], next, keys, values, ref count));
            sheet.Add($"{kind} lookup batch, count", string.Join(' ', Enumerable.Range(0, (int)count)
                .Select(at => $"{BitConverter.ToUInt32(keys, at * 4)}={names.GetValueOrDefault(BitConverter.ToUInt32(values, at * 4), "?")}").Order()));
            count = 8;
            sheet.Add($"{kind} lookup and delete batch", bpf.MapLookupBatch(outer, andDelete: true, [], next, keys, values, ref count));
            count = 1;
            sheet.Add($"{kind} delete batch", bpf.MapDeleteBatch(outer, Key(2), ref count));
            bpf.Close(one);
            bpf.Close(two);
            bpf.Close(outer);
        }

        bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ProgramsLookIntoInnerMaps(string name) => AnswerSheet.Check(name, "map-of-maps-programs", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in Kinds)
        {
            foreach (MapType innerKind in new[] { MapType.Array, MapType.Hash, MapType.LpmTrie })
            {
                MapCreateAttribute shape = new() { MapType = innerKind, KeySize = innerKind == MapType.LpmTrie ? 8u : 4u, ValueSize = 8, MaxEntries = 4, MapFlags = innerKind == MapType.LpmTrie ? MapFlags.NoPrealloc : 0 };
                int one = bpf.MapCreate(shape), two = bpf.MapCreate(shape);
                int outer = bpf.MapCreate(new MapCreateAttribute { MapType = kind, KeySize = 4, ValueSize = 4, MaxEntries = 3, InnerMapFd = (uint)one });
                int add = Programs.Accept(bpf, Adding(outer, 5));
                string what = $"{kind} of {innerKind}";
                Run(sheet, $"{what} nothing there", add);
                sheet.Add($"{what} put", bpf.MapUpdate(outer, Key(1), Key((uint)one)));
                Run(sheet, $"{what} first", add);
                Run(sheet, $"{what} second", add);
                sheet.Add($"{what} replace", bpf.MapUpdate(outer, Key(1), Key((uint)two)));
                Run(sheet, $"{what} other map", add);
                sheet.Add($"{what} put back", bpf.MapUpdate(outer, Key(1), Key((uint)one)));
                Run(sheet, $"{what} third", add);
                bpf.Close(one);
                Run(sheet, $"{what} closed", add);
                sheet.Add($"{what} take out", bpf.MapDelete(outer, Key(1)));
                Run(sheet, $"{what} taken out", add);
                sheet.Add($"{what} update by a program", Programs.Load(bpf, $"*(u32 *)(r10 - 4) = 1\n*(u32 *)(r10 - 8) = 1\nr1 = map[fd:{outer}]\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -8\nr4 = 0\ncall bpf_map_update_elem\nexit"));
                sheet.Add($"{what} inner not checked for null", Programs.Load(bpf, $"*(u32 *)(r10 - 4) = 1\nr1 = map[fd:{outer}]\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nr1 = r0\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nr0 = 0\nexit"));
                // An array's constant index needs no check, unless its size may differ.
                sheet.Add($"{what} constant index", Programs.Load(bpf, $"*(u32 *)(r10 - 4) = 1\nr1 = map[fd:{outer}]\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 != 0 goto +1\nexit\nr1 = r0\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nr0 = *(u64 *)(r0 + 0)\nexit"));
                bpf.Close(add);
                bpf.Close(two);
                bpf.Close(outer);
            }
        }
    });

    /// <summary>An outer map keeps its inner maps, and lets go of what is replaced, deleted, or goes with it.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatIsInsideIsKept(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        foreach (MapType kind in Kinds)
        {
            int one = bpf.MapCreate(MapType.Hash, 4, 8, 3), two = bpf.MapCreate(MapType.Hash, 4, 8, 3);
            uint first = bpf.MapId(one), second = bpf.MapId(two);
            int outer = bpf.MapCreate(new MapCreateAttribute { MapType = kind, KeySize = 4, ValueSize = 4, MaxEntries = 3, InnerMapFd = (uint)one });
            Assert.Equal(0, bpf.MapUpdate(outer, Key(0), Key((uint)one)));
            Assert.Equal(0, bpf.MapUpdate(outer, Key(1), Key((uint)one)));
            Assert.Equal(0, bpf.MapUpdate(outer, Key(2), Key((uint)two)));
            bpf.Close(one);
            bpf.Close(two);
            Assert.True(Eventually.Exists(bpf, ObjectKind.Map, first) && Eventually.Exists(bpf, ObjectKind.Map, second));
            Assert.Equal(0, bpf.MapDelete(outer, Key(2)));
            Eventually.Gone(bpf, ObjectKind.Map, second);
            Assert.Equal(0, bpf.MapDelete(outer, Key(1)));
            Assert.True(Eventually.Exists(bpf, ObjectKind.Map, first));
            if (!engine.IsKernel)
                Assert.Equal(0, engine.Bpf.Store!.Collect().Freed);
            Assert.True(Eventually.Exists(bpf, ObjectKind.Map, first));
            bpf.Close(outer);
            Eventually.Gone(bpf, ObjectKind.Map, first);
        }
    }

    /// <summary>Programs run while their inner maps are replaced over and over: each run finds a whole map, old or new, and the process keeps few of them.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task InnerMapsAreReplacedWhileProgramsRun(bool interpreted)
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user", interpreted: interpreted);
        IBpfEngine bpf = engine.Bpf.Engine;
        int template = bpf.MapCreate(MapType.Array, 4, 8, 1);
        int outer = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.ArrayOfMaps, KeySize = 4, ValueSize = 4, MaxEntries = 2, InnerMapFd = (uint)template });
        Assert.Equal(0, bpf.MapUpdate(outer, Key(1), Key((uint)template)));
        int program = Programs.Accept(bpf, Adding(outer, 1));
        using CancellationTokenSource over = new();
        Task runner = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
            {
                Assert.Equal(0, bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = 100 }, out TestRunResult result));
                Assert.True(result.ReturnValue > 0);
            }
        });
        for (int round = 0; round < 300; round++)
        {
            int fresh = bpf.MapCreate(MapType.Array, 4, 8, 1);
            Assert.Equal(0, bpf.MapUpdate(outer, Key(1), Key((uint)fresh)));
            bpf.Close(fresh);
            if (round % 100 == 99)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        await over.CancelAsync();
        await runner;
        int mapped = File.ReadLines("/proc/self/maps").Count(line => line.Contains(Path.GetFileName(Path.GetDirectoryName(engine.Pins)!), StringComparison.Ordinal) && line.Contains("/maps/", StringComparison.Ordinal));
        Assert.InRange(mapped, 1, 250);
        bpf.Close(program);
        bpf.Close(outer);
        bpf.Close(template);
    }

    private static void Run(AnswerSheet sheet, string what, int program)
    {
        Assert.Equal(0, sheet.Bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        sheet.Add(what, $"{(int)result.ReturnValue}");
    }

    /// <summary>
    /// Adds to the value of key 0 (prefix length 0) of the inner map under key 1, creating it if it isn't there; the sum, or -1 without an
    /// inner map.
    /// </summary>
    private static string Adding(int outer, uint addend) => $"""
        *(u32 *)(r10 - 4) = 1
        *(u64 *)(r10 - 16) = 0
        *(u64 *)(r10 - 24) = 0
        r1 = map[fd:{outer}]
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto found
        r0 = -1
        exit
        found:
        r6 = r0
        r1 = r6
        r2 = r10
        r2 += -16
        r3 = r10
        r3 += -24
        r4 = 1
        call bpf_map_update_elem
        r1 = r6
        r2 = r10
        r2 += -16
        call bpf_map_lookup_elem
        if r0 == 0 goto none
        r1 = *(u64 *)(r0 + 0)
        r1 += {addend}
        *(u64 *)(r0 + 0) = r1
        r0 = r1
        exit
        none:
        r0 = -2
        exit
        """;
}
