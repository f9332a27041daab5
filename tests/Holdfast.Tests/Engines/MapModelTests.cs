using System.Buffers.Binary;
using CsCheck;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Random sequences of operations on maps of random shapes: both engines give the same answers, and a hash those of a dictionary.</summary>
public sealed class MapModelTests
{
    private const int Keys = 12;

    private enum Operation
    {
        Lookup, Update, Delete, LookupAndDelete, NextKey, UpdateBatch, DeleteBatch, LookupBatch, Freeze,
    }

    private sealed record Step(Operation Operation, uint Key, ulong Flags, uint Count, byte Fill);

    private sealed record Shape(MapType Type, uint KeySize, uint ValueSize, uint Entries, MapFlags Flags)
    {
        /// <summary>Bytes of a value in commands.</summary>
        public int Bytes { get; init; } = (int)ValueSize;
    }

    private static readonly Gen<Shape> Shapes = Gen.Select(
        Of(MapType.Hash, MapType.Array, MapType.PerCpuArray, MapType.PerCpuHash), Of(1u, 3u, 4u, 8u, 20u), Of(1u, 4u, 8u, 9u, 40u, 300u), Gen.UInt[1, 10], Of(0u, (uint)MapFlags.NoPrealloc),
        (type, key, value, entries, flags) => new Shape(type, IsHash(type) ? key : 4, value, entries, IsHash(type) ? (MapFlags)flags : 0));

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Operation.Lookup)), (10, Gen.Const(Operation.Update)), (6, Gen.Const(Operation.Delete)), (4, Gen.Const(Operation.LookupAndDelete)),
            (4, Gen.Const(Operation.NextKey)), (3, Gen.Const(Operation.UpdateBatch)), (2, Gen.Const(Operation.DeleteBatch)), (2, Gen.Const(Operation.LookupBatch)),
            (1, Gen.Const(Operation.Freeze))),
        Gen.UInt[0, Keys],
        Gen.Frequency((8, Gen.Const(0ul)), (2, Gen.Const(1ul)), (2, Gen.Const(2ul)), (1, Of(3ul, 4ul, 8ul, 1ul << 40))),
        Gen.UInt[1, 6],
        Gen.Byte,
        (operation, key, flags, count, fill) => new Step(operation, key, flags, count, fill));

    [Fact]
    public void BothEnginesAnswerTheSame()
    {
        using EngineUnderTest user = EngineUnderTest.Open("user"), kernel = EngineUnderTest.Open("kernel");
        Gen.Select(Shapes, Steps.List[1, 60]).Sample(
            (shape, steps) => Assert.Equal(Play(kernel.Bpf.Engine, shape, steps), Play(user.Bpf.Engine, shape, steps)), iter: 3000, threads: 1);
    }

    private static bool IsHash(MapType type) => type is MapType.Hash or MapType.PerCpuHash;

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(at => values[at]);

    /// <summary>The walk's order is each engine's own; what is met is not.</summary>
    private static List<string> Play(IBpfEngine bpf, Shape shape, List<Step> steps)
    {
        if (shape.Type is MapType.PerCpuArray or MapType.PerCpuHash)
            shape = shape with { Bytes = (int)((shape.ValueSize + 7) & ~7u) * ((IExecutionSlots)bpf).ExecutionSlots };
        int map = bpf.MapCreate(shape.Type, shape.KeySize, shape.ValueSize, shape.Entries, shape.Flags);
        Assert.True(map > 0, $"{shape}: {RawCalls.Answer(map)}");
        List<string> answers = [.. steps.Select(step => $"{step}: {Take(bpf, map, shape, step)}")];
        answers.Add($"all: {Contents(bpf, map, shape)}");
        bpf.Close(map);
        return answers;
    }

    private static string Take(IBpfEngine bpf, int map, Shape shape, Step step)
    {
        byte[] key = Key(shape, step.Key), value = [.. Enumerable.Range(0, shape.Bytes).Select(at => (byte)(step.Fill + (at / ((shape.ValueSize + 7) & ~7u))))], read = new byte[shape.Bytes];
        byte[] keys = [.. Enumerable.Range(0, (int)step.Count).SelectMany(at => Key(shape, step.Key + (uint)at))];
        byte[] values = [.. Enumerable.Range(0, (int)step.Count).SelectMany(_ => value)];
        uint count = step.Count;
        switch (step.Operation)
        {
            case Operation.Lookup:
                return With(bpf.MapLookup(map, key, read, (UpdateFlags)(step.Flags & 4)), read);
            case Operation.Update:
                return With(bpf.MapUpdate(map, key, value, (UpdateFlags)step.Flags), []);
            case Operation.Delete:
                return With(bpf.MapDelete(map, key), []);
            case Operation.LookupAndDelete:
                return With(bpf.MapLookupAndDelete(map, key, read), read);
            case Operation.NextKey:
                return !IsHash(shape.Type) ? With(bpf.MapNextKey(map, key, read = new byte[4]), read) : RawCalls.Answer(bpf.MapNextKey(map, [], new byte[shape.KeySize])).ToString();
            case Operation.UpdateBatch:
                return $"{RawCalls.Answer(bpf.MapUpdateBatch(map, keys, values, ref count, (UpdateFlags)step.Flags))} {count}";
            case Operation.DeleteBatch:
                return $"{RawCalls.Answer(bpf.MapDeleteBatch(map, keys, ref count))} {count}";
            case Operation.LookupBatch:
                return Contents(bpf, map, shape);
            default:
                return step.Fill > 250 ? RawCalls.Answer(bpf.MapFreeze(map)).ToString() : "";
        }
    }

    /// <summary>All entries, by batches, in the order of keys.</summary>
    private static string Contents(IBpfEngine bpf, int map, Shape shape)
    {
        uint count = Keys * 2;
        byte[] keys = new byte[count * shape.KeySize], values = new byte[count * shape.Bytes];
        int result = bpf.MapLookupBatch(map, andDelete: false, [], new byte[Math.Max(4, shape.KeySize)], keys, values, ref count);
        IEnumerable<string> entries = Enumerable.Range(0, (int)count).Select(at =>
            $"{Convert.ToHexStringLower(keys, at * (int)shape.KeySize, (int)shape.KeySize)}={Convert.ToHexStringLower(values, at * shape.Bytes, shape.Bytes)}");
        return $"{RawCalls.Answer(result)} {string.Join(' ', entries.Order())}";
    }

    private static byte[] Key(Shape shape, uint key)
    {
        byte[] bytes = new byte[Math.Max(4, shape.KeySize)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, key);
        bytes[shape.KeySize - 1] ^= (byte)key;
        return bytes[..(int)shape.KeySize];
    }

    private static string With(int result, byte[] read) => result < 0 ? RawCalls.Answer(result).ToString() : Convert.ToHexStringLower(read);
}
