using System.Buffers.Binary;
using CsCheck;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>LPM tries: shapes, and random sequences of operations by commands and by programs, order of keys included.</summary>
public sealed class LpmTests
{
    private enum Operation
    {
        Lookup, Update, Delete, LookupAndDelete, NextKey, LookupBatch, UpdateBatch, DeleteBatch, Program,
    }

    private sealed record Shape(uint DataBytes, uint ValueSize, uint Entries);

    private sealed record Step(Operation Operation, uint Length, ulong Data, ulong Flags, byte Fill);

    private static readonly Gen<Shape> Shapes = Gen.Select(Of(1u, 2u, 3u, 4u, 8u, 9u, 16u, 20u), Of(1u, 8u, 20u), Of(1u, 3u, 8u, 40u, 2000u), (data, value, entries) => new Shape(data, value, entries));

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Operation.Lookup)), (14, Gen.Const(Operation.Update)), (6, Gen.Const(Operation.Delete)), (1, Gen.Const(Operation.LookupAndDelete)), (4, Gen.Const(Operation.NextKey)),
            (2, Gen.Const(Operation.LookupBatch)), (1, Gen.Const(Operation.UpdateBatch)), (1, Gen.Const(Operation.DeleteBatch)), (1, Gen.Const(Operation.Program))),
        // Few bits of freedom, at places where prefixes part: what is a part of what is met often.
        Gen.Frequency((6, Of(0u, 1u, 2u, 7u, 8u, 9u, 15u, 16u, 17u, 24u, 32u)), (2, Gen.UInt[0, 161]), (1, Of(uint.MaxValue))),
        Gen.Select(Gen.Byte, Gen.Byte, (high, low) => ((ulong)(high & 0xc1) << 56) | ((ulong)(low & 0x83) << 48) | ((ulong)(high & 0x22) << 40) | ((ulong)(low & 0x11) << 32) | high),
        Gen.Frequency((8, Gen.Const(0ul)), (2, Gen.Const(1ul)), (2, Gen.Const(2ul)), (1, Of(3ul, 4ul, 8ul, 1ul << 40))),
        Gen.Byte,
        (operation, length, data, flags, fill) => new Step(operation, length, data, flags, fill));

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ShapesOfATrie(string name) => AnswerSheet.Check(name, "lpm-create", sheet =>
    {
        MapCreateAttribute shape = new() { MapType = MapType.LpmTrie, KeySize = 8, ValueSize = 4, MaxEntries = 2, MapFlags = MapFlags.NoPrealloc };
        sheet.Add("without NO_PREALLOC", sheet.Bpf.MapCreate(shape with { MapFlags = 0 }));
        for (int bit = 0; bit < 32; bit++)
            sheet.Add($"flag {bit}", sheet.Bpf.MapCreate(shape with { MapFlags = MapFlags.NoPrealloc | (MapFlags)(1u << bit) }));
        sheet.Add("both directions", sheet.Bpf.MapCreate(shape with { MapFlags = MapFlags.NoPrealloc | MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram }));
        foreach (uint key in new uint[] { 0, 1, 4, 5, 6, 8, 12, 20, 259, 260, 261, 1 << 16 })
            sheet.Add($"key {key}", sheet.Bpf.MapCreate(shape with { KeySize = key }));
        foreach (uint value in new uint[] { 0, 1, 3, 4096, 1 << 20, (1 << 22) - 512, (1 << 22) - 284, (1 << 22) - 280, (1 << 22) - 279, (1 << 22) - 256, 1 << 22, uint.MaxValue })
            sheet.Add($"value {value}", sheet.Bpf.MapCreate(shape with { ValueSize = value }));
        foreach (uint entries in new uint[] { 0, 1, 1000, 1 << 20, 1u << 31, uint.MaxValue })
            sheet.Add($"entries {entries}", sheet.Bpf.MapCreate(shape with { MaxEntries = entries }));
        sheet.Add("map_extra", sheet.Bpf.MapCreate(shape with { MapExtra = 1 }));
        sheet.Add("inner_map_fd", sheet.Bpf.MapCreate(shape with { InnerMapFd = 54321 }));
    });

    [Fact]
    public void BothEnginesAnswerTheSame()
    {
        using EngineUnderTest user = EngineUnderTest.Open("user"), kernel = EngineUnderTest.Open("kernel"), interpreted = EngineUnderTest.Open("user", interpreted: true);
        int turn = 0;
        Gen.Select(Shapes, Steps.List[1, 60]).Sample(
            (shape, steps) => Assert.Equal(Play(kernel.Bpf.Engine, shape, steps), Play((turn++ % 2 == 0 ? user : interpreted).Bpf.Engine, shape, steps)), iter: 800, threads: 1);
    }

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(at => values[at]);

    private static List<string> Play(IBpfEngine bpf, Shape shape, List<Step> steps)
    {
        int map = bpf.MapCreate(MapType.LpmTrie, shape.DataBytes + 4, shape.ValueSize, shape.Entries, MapFlags.NoPrealloc);
        Assert.True(map > 0, $"{shape}: {RawCalls.Answer(map)}");
        List<string> answers = [.. steps.Select(step => $"{step}: {Take(bpf, map, shape, step)}")];
        answers.Add($"all: {Contents(bpf, map, shape)}");
        byte[] key = [], next = new byte[shape.DataBytes + 4];
        for (int at = 0; at < 100 && bpf.MapNextKey(map, key, next) == 0; at++)
        {
            key = [.. next];
            answers.Add($"key {at}: {Convert.ToHexStringLower(key)}");
        }

        bpf.Close(map);
        return answers;
    }

    private static string Take(IBpfEngine bpf, int map, Shape shape, Step step)
    {
        byte[] key = Key(shape, step.Length, step.Data), other = Key(shape, step.Length + 1, step.Data ^ 0xff00), value = [.. Enumerable.Repeat(step.Fill, (int)shape.ValueSize)], read = new byte[shape.ValueSize];
        uint count = 2;
        switch (step.Operation)
        {
            case Operation.Lookup:
                return With(bpf.MapLookup(map, key, read, (UpdateFlags)(step.Flags & 4)), read);
            case Operation.Update:
                return With(bpf.MapUpdate(map, key, value, (UpdateFlags)step.Flags), []);
            case Operation.Delete:
                return With(bpf.MapDelete(map, key), []);
            case Operation.LookupAndDelete:
                return With(bpf.MapLookupAndDelete(map, key, read), []);
            case Operation.NextKey:
                return With(bpf.MapNextKey(map, step.Fill < 20 ? [] : key, read = new byte[key.Length]), read);
            case Operation.LookupBatch:
                return Contents(bpf, map, shape);
            case Operation.UpdateBatch:
                return $"{RawCalls.Answer(bpf.MapUpdateBatch(map, [.. key, .. other], [.. value, .. value], ref count, (UpdateFlags)step.Flags))} {count}";
            case Operation.DeleteBatch:
                return $"{RawCalls.Answer(bpf.MapDeleteBatch(map, [.. key, .. other], ref count))} {count}";
            default:
                return RunPrograms(bpf, map, shape, key, value, step.Flags);
        }
    }

    /// <summary>Lookup, update and deletion by the helpers, on the stack's copies of key and value.</summary>
    private static string RunPrograms(IBpfEngine bpf, int map, Shape shape, byte[] key, byte[] value, ulong flags)
    {
        string stores = Stores(key, -40) + Stores(value, -80);
        string update = $"{stores}r1 = map[fd:{map}]\nr2 = r10\nr2 += -40\nr3 = r10\nr3 += -80\nr4 = {flags} ll\ncall bpf_map_update_elem\nexit";
        string lookup = $"{stores}r1 = map[fd:{map}]\nr2 = r10\nr2 += -40\ncall bpf_map_lookup_elem\nif r0 == 0 goto +2\nr0 = *(u8 *)(r0 + {shape.ValueSize - 1})\nr0 += 1000\nexit";
        string delete = $"{stores}r1 = map[fd:{map}]\nr2 = r10\nr2 += -40\ncall bpf_map_delete_elem\nexit";
        return $"{Run(bpf, lookup)} {Run(bpf, update)} {Run(bpf, lookup)} {Run(bpf, delete)} {Run(bpf, lookup)} {Run(bpf, update)}";
    }

    private static string Stores(byte[] bytes, int offset) =>
        string.Concat(bytes.Select((part, at) => $"*(u8 *)(r10 - {-(offset + at)}) = {part}\n"));

    private static string Run(IBpfEngine bpf, string text)
    {
        int program = Programs.Accept(bpf, text);
        Assert.Equal(0, bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        bpf.Close(program);
        return $"{(int)result.ReturnValue}";
    }

    /// <summary>All entries by batches of three, in the map's own order.</summary>
    private static string Contents(IBpfEngine bpf, int map, Shape shape)
    {
        int keySize = (int)shape.DataBytes + 4, valueSize = (int)shape.ValueSize;
        byte[] token = [], next = new byte[keySize], keys = new byte[3 * keySize], values = new byte[3 * valueSize];
        string all = "";
        for (int round = 0; round < 40; round++)
        {
            uint count = 3;
            int result = bpf.MapLookupBatch(map, andDelete: false, token, next, keys, values, ref count);
            all += $"{RawCalls.Answer(result)} {count} {Convert.ToHexStringLower(keys, 0, (int)count * keySize)} {Convert.ToHexStringLower(values, 0, (int)count * valueSize)} ";
            if (result != 0)
                break;
            token = [.. next];
        }

        return all;
    }

    private static byte[] Key(Shape shape, uint length, ulong data)
    {
        byte[] bytes = new byte[4 + Math.Max(8, shape.DataBytes)];
        // Most lengths are ones that this trie has; the same for both engines.
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length == uint.MaxValue ? length : length % ((shape.DataBytes * 8) + 2));
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(4), data);
        if (shape.DataBytes > 8)
            bytes[4 + shape.DataBytes - 1] = (byte)data;
        return bytes[..(4 + (int)shape.DataBytes)];
    }

    private static string With(int result, byte[] read) => result < 0 ? RawCalls.Answer(result).ToString() : Convert.ToHexStringLower(read);
}
