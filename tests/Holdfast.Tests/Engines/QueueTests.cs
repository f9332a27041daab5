using CsCheck;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Queues and stacks: shapes, the commands that have a meaning and those that don't, and random sequences by commands and by programs.</summary>
public sealed class QueueTests
{
    private enum Operation
    {
        Push, Pop, Peek, ProgramPush, ProgramPop, ProgramPeek,
    }

    private sealed record Step(Operation Operation, ulong Flags, byte Fill);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Operation.Push)), (4, Gen.Const(Operation.Pop)), (3, Gen.Const(Operation.Peek)),
            (2, Gen.Const(Operation.ProgramPush)), (1, Gen.Const(Operation.ProgramPop)), (1, Gen.Const(Operation.ProgramPeek))),
        Gen.Frequency((6, Gen.Const(0ul)), (3, Gen.Const(2ul)), (1, Of(1ul, 3ul, 4ul, 6ul, 8ul, 1ul << 33))),
        Gen.Byte,
        (operation, flags, fill) => new Step(operation, flags, fill));

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ShapesAndCommands(string name) => AnswerSheet.Check(name, "queue-stack", sheet =>
    {
        foreach (MapType kind in new[] { MapType.Queue, MapType.Stack })
        {
            MapCreateAttribute shape = new() { MapType = kind, ValueSize = 4, MaxEntries = 2 };
            for (int bit = 0; bit < 32; bit++)
                sheet.Add($"{kind} flag {bit}", sheet.Bpf.MapCreate(shape with { MapFlags = (MapFlags)(1u << bit) }));
            sheet.Add($"{kind} key", sheet.Bpf.MapCreate(shape with { KeySize = 4 }));
            foreach (uint value in new uint[] { 0, 1, 3, 9, 4096, 1 << 22, (1 << 22) + 1, uint.MaxValue })
                sheet.Add($"{kind} value {value}", sheet.Bpf.MapCreate(shape with { ValueSize = value }));
            foreach (uint entries in new uint[] { 0, 1, 1000 })
                sheet.Add($"{kind} entries {entries}", sheet.Bpf.MapCreate(shape with { MaxEntries = entries }));
            sheet.Add($"{kind} map_extra", sheet.Bpf.MapCreate(shape with { MapExtra = 1 }));
            foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly, MapFlags.ReadOnlyProgram, MapFlags.WriteOnlyProgram })
                EachCommand(sheet, $"{kind} {flags}", sheet.Bpf.MapCreate(shape with { MapFlags = flags }));
        }
    });

    [Fact]
    public void BothEnginesAnswerTheSame()
    {
        using EngineUnderTest user = EngineUnderTest.Open("user"), kernel = EngineUnderTest.Open("kernel"), interpreted = EngineUnderTest.Open("user", interpreted: true);
        int turn = 0;
        Gen.Select(Gen.Bool, Of(1u, 4u, 8u, 9u, 40u), Gen.UInt[1, 5], Steps.List[1, 40]).Sample(
            (stack, size, entries, steps) =>
            {
                MapCreateAttribute shape = new() { MapType = stack ? MapType.Stack : MapType.Queue, ValueSize = size, MaxEntries = entries };
                Assert.Equal(Play(kernel.Bpf.Engine, shape, steps), Play((turn++ % 2 == 0 ? user : interpreted).Bpf.Engine, shape, steps));
            },
            iter: 400,
            threads: 1);
    }

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(at => values[at]);

    private static void EachCommand(AnswerSheet sheet, string what, int map)
    {
        IBpfEngine bpf = sheet.Bpf;
        byte[] value = new byte[4], next = new byte[4];
        uint count = 1;
        sheet.Add($"{what} lookup of nothing", bpf.MapLookup(map, [], value), value);
        sheet.Add($"{what} update", bpf.MapUpdate(map, [], Key(7)));
        sheet.Add($"{what} update with a key", bpf.MapUpdate(map, Key(0), Key(7)));
        sheet.Add($"{what} update, no value", bpf.MapUpdate(map, [], []));
        sheet.Add($"{what} lookup", bpf.MapLookup(map, [], value), value);
        sheet.Add($"{what} lookup with a key", bpf.MapLookup(map, Key(0), value), value);
        sheet.Add($"{what} lookup, lock", bpf.MapLookup(map, [], value, UpdateFlags.Lock));
        sheet.Add($"{what} lookup, no room", bpf.MapLookup(map, [], []));
        sheet.Add($"{what} delete", bpf.MapDelete(map, []));
        sheet.Add($"{what} delete with a key", bpf.MapDelete(map, Key(0)));
        sheet.Add($"{what} next key", bpf.MapNextKey(map, [], next));
        sheet.Add($"{what} next key of a key", bpf.MapNextKey(map, Key(0), next));
        sheet.Add($"{what} lookup batch", bpf.MapLookupBatch(map, andDelete: false, [], next, new byte[8], new byte[8], ref count));
        sheet.Add($"{what} update batch", bpf.MapUpdateBatch(map, Key(0), Key(1), ref count));
        sheet.Add($"{what} delete batch", bpf.MapDeleteBatch(map, Key(0), ref count));
        sheet.Add($"{what} lookup and delete, flags 4", bpf.MapLookupAndDelete(map, [], value, UpdateFlags.Lock));
        sheet.Add($"{what} lookup and delete with a key", bpf.MapLookupAndDelete(map, Key(0), value), value);
        sheet.Add($"{what} lookup and delete", bpf.MapLookupAndDelete(map, [], value), value);
        sheet.Add($"{what} freeze", bpf.MapFreeze(map));
        sheet.Add($"{what} update, frozen", bpf.MapUpdate(map, [], Key(7)));
        sheet.Add($"{what} lookup and delete, frozen", bpf.MapLookupAndDelete(map, [], value));
        bpf.Close(map);
    }

    private static List<string> Play(IBpfEngine bpf, in MapCreateAttribute shape, List<Step> steps)
    {
        int map = bpf.MapCreate(shape);
        Assert.True(map > 0, $"{RawCalls.Answer(map)}");
        uint size = shape.ValueSize;
        List<string> answers = [.. steps.Select(step => $"{step}: {Take(bpf, map, size, step)}")];
        bpf.Close(map);
        return answers;
    }

    private static string Take(IBpfEngine bpf, int map, uint size, Step step)
    {
        byte[] value = [.. Enumerable.Repeat(step.Fill, (int)size)];
        switch (step.Operation)
        {
            case Operation.Push:
                return $"{RawCalls.Answer(bpf.MapUpdate(map, [], value, (UpdateFlags)step.Flags))}";
            case Operation.Pop:
                return $"{RawCalls.Answer(bpf.MapLookupAndDelete(map, [], value))} {Convert.ToHexStringLower(value)}";
            case Operation.Peek:
                return $"{RawCalls.Answer(bpf.MapLookup(map, [], value))} {Convert.ToHexStringLower(value)}";
            case Operation.ProgramPush:
                return Run(bpf, $"{Stores(value)}r1 = map[fd:{map}]\nr2 = r10\nr2 += -40\nr3 = {step.Flags} ll\ncall bpf_map_push_elem\nexit");
            default:
                // What the helper answers, and the first and last byte of what it wrote: zeros if there is nothing.
                string call = step.Operation == Operation.ProgramPop ? "bpf_map_pop_elem" : "bpf_map_peek_elem";
                return Run(bpf, $"{Stores(value)}r1 = map[fd:{map}]\nr2 = r10\nr2 += -40\ncall {call}\nr0 <<= 16\nr1 = *(u8 *)(r10 - 40)\nr0 += r1\nr1 = *(u8 *)(r10 - {40 - size + 1})\nr1 <<= 8\nr0 += r1\nexit");
        }
    }

    private static string Stores(byte[] bytes) => string.Concat(bytes.Select((part, at) => $"*(u8 *)(r10 - {40 - at}) = {part}\n"));

    private static string Run(IBpfEngine bpf, string text)
    {
        int program = Programs.Accept(bpf, text);
        Assert.Equal(0, bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        bpf.Close(program);
        return $"{(int)result.ReturnValue}";
    }
}
