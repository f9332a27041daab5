using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Bloom filters: shapes, commands, programs. Which absent values look present is each engine's own; that pushed ones do is not.</summary>
public sealed class BloomTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ShapesAndCommands(string name) => AnswerSheet.Check(name, "bloom", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        MapCreateAttribute shape = new() { MapType = MapType.BloomFilter, ValueSize = 4, MaxEntries = 100 };
        for (int bit = 0; bit < 32; bit++)
            sheet.Add($"flag {bit}", bpf.MapCreate(shape with { MapFlags = (MapFlags)(1u << bit) }));
        sheet.Add("key", bpf.MapCreate(shape with { KeySize = 4 }));
        foreach (uint value in new uint[] { 0, 1, 3, 9, 4096, 1 << 22, (1 << 22) + 1 })
            sheet.Add($"value {value}", bpf.MapCreate(shape with { ValueSize = value }));
        foreach (uint entries in new uint[] { 0, 1, 100_000 })
            sheet.Add($"entries {entries}", bpf.MapCreate(shape with { MaxEntries = entries }));
        foreach (ulong extra in new ulong[] { 0, 1, 15, 16, 1ul << 32 })
            sheet.Add($"map_extra {extra}", bpf.MapCreate(shape with { MapExtra = extra }));
        foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly })
            EachCommand(sheet, $"{flags}", bpf.MapCreate(shape with { MapFlags = flags }));
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatWasPushedIsFoundAndLittleElse(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        foreach (ulong hashes in new ulong[] { 0, 1, 3, 15 })
        {
            int map = bpf.MapCreate(new MapCreateAttribute { MapType = MapType.BloomFilter, ValueSize = 4, MaxEntries = 1000, MapExtra = hashes });
            for (uint value = 0; value < 1000; value++)
                Assert.Equal(0, bpf.MapUpdate(map, [], Key(value * 7)));
            int absent = 0;
            for (uint value = 0; value < 1000; value++)
            {
                Assert.Equal(0, bpf.MapLookup(map, [], Key(value * 7)));
                absent += bpf.MapLookup(map, [], Key((value * 7) + 3)) == -(int)Errno.ENOENT ? 1 : 0;
            }

            Assert.InRange(absent, 400, 1000);
            bpf.Close(map);
        }
    }

    private static void EachCommand(AnswerSheet sheet, string what, int map)
    {
        IBpfEngine bpf = sheet.Bpf;
        byte[] next = new byte[4];
        uint count = 1;
        sheet.Add($"{what} lookup of nothing", bpf.MapLookup(map, [], Key(1)));
        sheet.Add($"{what} update", bpf.MapUpdate(map, [], Key(7)));
        foreach (ulong flags in new ulong[] { 1, 2, 3, 4, 8 })
            sheet.Add($"{what} update, flags {flags}", bpf.MapUpdate(map, [], Key(7), (UpdateFlags)flags));
        sheet.Add($"{what} update with a key", bpf.MapUpdate(map, Key(0), Key(7)));
        sheet.Add($"{what} lookup", bpf.MapLookup(map, [], Key(7)));
        sheet.Add($"{what} lookup with a key", bpf.MapLookup(map, Key(0), Key(7)));
        sheet.Add($"{what} lookup, no value", bpf.MapLookup(map, [], []));
        sheet.Add($"{what} delete", bpf.MapDelete(map, []));
        sheet.Add($"{what} next key", bpf.MapNextKey(map, [], next));
        sheet.Add($"{what} lookup and delete", bpf.MapLookupAndDelete(map, [], Key(7)));
        sheet.Add($"{what} lookup batch", bpf.MapLookupBatch(map, andDelete: false, [], next, new byte[8], new byte[8], ref count));
        Run(sheet, $"{what} push", map, "r3 = 0\ncall bpf_map_push_elem");
        Run(sheet, $"{what} push, flags", map, "r3 = 2\ncall bpf_map_push_elem");
        Run(sheet, $"{what} peek", map, "call bpf_map_peek_elem");
        sheet.Add($"{what} pop", Programs.Load(bpf, $"*(u32 *)(r10 - 8) = 9\nr1 = map[fd:{map}]\nr2 = r10\nr2 += -8\ncall bpf_map_pop_elem\nexit"));
        sheet.Add($"{what} freeze", bpf.MapFreeze(map));
        sheet.Add($"{what} update, frozen", bpf.MapUpdate(map, [], Key(7)));
        bpf.Close(map);
    }

    private static void Run(AnswerSheet sheet, string what, int map, string call)
    {
        int program = Programs.Accept(sheet.Bpf, $"*(u32 *)(r10 - 8) = 9\nr1 = map[fd:{map}]\nr2 = r10\nr2 += -8\n{call}\nexit");
        Assert.Equal(0, sheet.Bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        sheet.Add(what, $"{(int)result.ReturnValue}");
        sheet.Bpf.Close(program);
    }
}
