using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Stack trace maps and the helpers that fill them, by test runs of raw tracepoint programs.</summary>
public sealed class StackTraceTests
{
    private const ulong UserStack = 1 << 8, FastCompare = 1 << 9, Reuse = 1 << 10, UserBuildId = 1 << 11;
    private const int Depth = 100;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ShapesAndCommands(string name) => AnswerSheet.Check(name, "stack-trace", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        MapCreateAttribute shape = Shape(4);
        for (int bit = 0; bit < 32; bit++)
            sheet.Add($"flag {bit}", bpf.MapCreate(shape with { MapFlags = (MapFlags)(1u << bit) }));
        foreach (uint key in new uint[] { 0, 2, 8 })
            sheet.Add($"key {key}", bpf.MapCreate(shape with { KeySize = key }));
        foreach (uint value in new uint[] { 0, 4, 8, 12, 32, 40, 127 * 8, 128 * 8, 127 * 32, 128 * 32 })
        {
            sheet.Add($"value {value}", bpf.MapCreate(shape with { ValueSize = value }));
            sheet.Add($"value {value}, build ids", bpf.MapCreate(shape with { ValueSize = value, MapFlags = MapFlags.StackBuildId }));
        }

        foreach (uint entries in new uint[] { 0, 1, 3, 10_000, uint.MaxValue })
            sheet.Add($"entries {entries}", bpf.MapCreate(shape with { MaxEntries = entries }));
        foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly })
            EachCommand(sheet, $"{flags}", bpf.MapCreate(shape with { MapFlags = flags }));
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void OneStackHasOneIdWithItsFrames(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => OneStackHasOneIdWithItsFramesHere(engine.Bpf.Engine));
    }

    private static void OneStackHasOneIdWithItsFramesHere(IBpfEngine bpf)
    {
        foreach (ulong flags in new[] { UserStack, UserStack | FastCompare, UserStack | Reuse })
        {
            int map = bpf.MapCreate(Shape(4096));
            int program = IdProgram(bpf, map, flags);
            HashSet<int> ids = [];
            for (int run = 0; run < 20; run++)
                ids.Add(Run(bpf, program));
            int id = Assert.Single(ids);
            Assert.InRange(id, 0, 4095);
            byte[] frames = new byte[Depth * 8];
            Assert.Equal(0, bpf.MapLookup(map, Key((uint)id), frames));
            int depth = DepthOf(frames);
            Assert.InRange(depth, 1, Depth);
            Assert.All(frames[(depth * 8)..], static zero => Assert.Equal(0, zero));
            Assert.True(IsCode(First(frames)), $"{First(frames):x} is no address of code");
            Assert.Equal([(uint)id], KeysOf(bpf, map));
            bpf.Close(program);
            bpf.Close(map);
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void OtherStacksHaveOtherIds(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => OtherStacksHaveOtherIdsHere(engine.Bpf.Engine));
    }

    private static void OtherStacksHaveOtherIdsHere(IBpfEngine bpf)
    {
        int map = bpf.MapCreate(Shape(4096));
        int program = IdProgram(bpf, map, UserStack);
        int[] ids = [.. Enumerable.Range(0, 3).Select(depth => Deeper(bpf, program, depth))];
        Assert.All(ids, static id => Assert.InRange(id, 0, 4095));
        Assert.Equal(3, ids.Distinct().Count());
        int[] depths = [.. ids.Select(id => DepthOf(Value(bpf, map, (uint)id)))];
        Assert.Equal([depths[0], depths[0] + 1, depths[0] + 2], depths);
        Assert.Equal(ids.Select(static id => (uint)id).Order(), KeysOf(bpf, map));
        bpf.Close(program);
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void FramesAreSkipped(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => FramesAreSkippedHere(engine.Bpf.Engine));
    }

    private static void FramesAreSkippedHere(IBpfEngine bpf)
    {
        int map = bpf.MapCreate(Shape(4096));
        int[] programs = [.. Enumerable.Range(0, 4).Select(skip => IdProgram(bpf, map, UserStack | (uint)skip)), IdProgram(bpf, map, UserStack | 255)];
        int[] ids = new int[5];
        for (int at = 0; at < 5; at++)
            ids[at] = Run(bpf, programs[at]); // one call for all: their stacks differ in what is skipped only
        Assert.Equal(-(int)Errno.EFAULT, ids[4]);
        byte[] all = Value(bpf, map, (uint)ids[0]);
        for (int skip = 1; skip < 4; skip++)
            Assert.Equal(all[(skip * 8)..], Value(bpf, map, (uint)ids[skip])[..^(skip * 8)]);
        foreach (int program in programs)
            bpf.Close(program);
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnotherStackWithTheIdIsKeptOrReplaced(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => AnotherStackWithTheIdIsKeptOrReplacedHere(engine.Bpf.Engine));
    }

    private static void AnotherStackWithTheIdIsKeptOrReplacedHere(IBpfEngine bpf)
    {

        // One bucket, so any two stacks collide; a stack that replaces another takes room besides, as 3 entries in 4 buckets have it.
        int one = bpf.MapCreate(Shape(1)), adds = IdProgram(bpf, one, UserStack), replaces = IdProgram(bpf, one, UserStack | Reuse);
        for (int run = 0; run < 2; run++)
            Assert.Equal(0, Deeper(bpf, adds, 0)); // one call: one stack
        Assert.Equal(-(int)Errno.EEXIST, Deeper(bpf, adds, 1));
        Assert.Equal(-(int)Errno.ENOMEM, Deeper(bpf, replaces, 1));
        Assert.Equal(0, bpf.MapDelete(one, Key(0)));
        Assert.Equal(0, Deeper(bpf, adds, 1));

        int more = bpf.MapCreate(Shape(3)), replacing = IdProgram(bpf, more, UserStack | Reuse);
        Dictionary<int, byte[]> held = [];
        for (int depth = 0; depth < 20 && held.Count < 2; depth++)
        {
            int id = Deeper(bpf, replacing, depth);
            Assert.InRange(id, 0, 3);
            byte[] value = Value(bpf, more, (uint)id);
            Assert.False(held.TryGetValue(id, out byte[]? before) && before.AsSpan().SequenceEqual(value));
            held[id] = value;
        }

        Assert.Equal(held.Keys.Select(static id => (uint)id).Order(), KeysOf(bpf, more));
        foreach (int descriptor in new[] { adds, replaces, replacing, one, more })
            bpf.Close(descriptor);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatWasLookedUpIsTakenOut(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => WhatWasLookedUpIsTakenOutHere(engine.Bpf.Engine));
    }

    private static void WhatWasLookedUpIsTakenOutHere(IBpfEngine bpf)
    {
        int map = bpf.MapCreate(Shape(64)), program = IdProgram(bpf, map, UserStack);
        byte[] id = Key((uint)Run(bpf, program));
        byte[] value = Value(bpf, map, BinaryPrimitives.ReadUInt32LittleEndian(id)), taken = new byte[value.Length];
        Assert.Equal(0, bpf.MapLookupAndDelete(map, id, taken));
        Assert.Equal(value, taken);
        Assert.Equal(-(int)Errno.ENOENT, bpf.MapLookupAndDelete(map, id, taken));
        Assert.Equal(-(int)Errno.ENOENT, bpf.MapDelete(map, id));
        Assert.Empty(KeysOf(bpf, map));
        bpf.Close(program);
        bpf.Close(map);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AStackIsCopiedIntoABuffer(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => AStackIsCopiedIntoABufferHere(engine.Bpf.Engine));
    }

    private static void AStackIsCopiedIntoABufferHere(IBpfEngine bpf)
    {
        int stacks = bpf.MapCreate(Shape(64)), buffer = bpf.MapCreate(MapType.Array, 4, Depth * 8, 1);
        int noted = IdProgram(bpf, stacks, UserStack), copied = BufferProgram(bpf, buffer, Depth * 8, UserStack), few = BufferProgram(bpf, buffer, 16, UserStack);
        int length = 0, id = 0;
        foreach (int program in new[] { noted, copied })
            (id, length) = (length, Run(bpf, program)); // one call for both
        byte[] frames = Value(bpf, stacks, (uint)id), copy = Value(bpf, buffer, 0);
        Assert.Equal(DepthOf(frames) * 8, length);
        Assert.Equal(frames, copy);
        Assert.Equal(16, Run(bpf, few));
        foreach (ulong refused in new[] { UserBuildId, UserStack | FastCompare, 1ul << 12 })
        {
            int program = BufferProgram(bpf, buffer, 64, refused);
            Assert.Equal(-(int)Errno.EINVAL, Run(bpf, program));
            bpf.Close(program);
        }

        int bad = IdProgram(bpf, stacks, UserBuildId);
        Assert.Equal(-(int)Errno.EINVAL, Run(bpf, bad));
        foreach (int descriptor in new[] { noted, copied, few, bad, stacks, buffer })
            bpf.Close(descriptor);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void CodeThatIsNoFilesIsToldByItsAddress(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        OnAShortStack(() => CodeThatIsNoFilesIsToldByItsAddressHere(engine.Bpf.Engine));
    }

    private static void CodeThatIsNoFilesIsToldByItsAddressHere(IBpfEngine bpf)
    {
        int map = bpf.MapCreate(Shape(64) with { ValueSize = Depth * 32, MapFlags = MapFlags.StackBuildId }), program = IdProgram(bpf, map, UserStack);
        int first = 0, second = 1;
        for (int run = 0; run < 2; run++)
            (first, second) = (second, Run(bpf, program));
        Assert.Equal(first, second);
        byte[] frames = Value(bpf, map, (uint)first);
        int[] kinds = [.. Enumerable.Range(0, Depth).Select(at => (int)frames[at * 32]).TakeWhile(static kind => kind != 0)];
        Assert.NotEmpty(kinds);
        Assert.Contains(2, kinds); // BPF_STACK_BUILD_ID_IP: made by the JIT
        Assert.All(kinds, static kind => Assert.InRange(kind, 1, 2));
        bpf.Close(program);
        bpf.Close(map);
    }

    /// <summary>A process has one stack: the kernel's is the user's.</summary>
    [Fact]
    public void TheHostsStackBeginsAboveTheEngine()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = bpf.MapCreate(Shape(64));
        int[] ids = new int[2];
        int[] programs = [IdProgram(bpf, map, UserStack), IdProgram(bpf, map, 0)];
        for (int at = 0; at < 2; at++)
            ids[at] = Run(bpf, programs[at]);
        Assert.Equal(ids[0], ids[1]);
        bpf.Close(map);
    }

    private static MapCreateAttribute Shape(uint entries) => new() { MapType = MapType.StackTrace, KeySize = 4, ValueSize = Depth * 8, MaxEntries = entries };

    private static int IdProgram(IBpfEngine bpf, int map, ulong flags) =>
        Programs.Accept(bpf, $"r2 = map[fd:{map}]\nr3 = {flags}\ncall bpf_get_stackid\nexit", ProgramType.RawTracepoint);

    private static int BufferProgram(IBpfEngine bpf, int map, int size, ulong flags) => Programs.Accept(
        bpf,
        $"""
        r6 = r1
        *(u32 *)(r10 - 4) = 0
        r1 = map[fd:{map}]
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 == 0 goto +5
        r1 = r6
        r2 = r0
        r3 = {size}
        r4 = {flags}
        call bpf_get_stack
        exit
        """,
        ProgramType.RawTracepoint);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Run(IBpfEngine bpf, int program)
    {
        Assert.Equal(0, bpf.TestRun(program, new TestRunRequest(), out TestRunResult result));
        return (int)result.ReturnValue;
    }

    /// <summary>A thread's own stack has fewer frames than the maps here take; the test runner's, many more.</summary>
    private static void OnAShortStack(Action test)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                test();
            }
            catch (Exception thrown)
            {
                failure = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(thrown);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>A run with so many more frames on the stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Deeper(IBpfEngine bpf, int program, int frames)
    {
        int result = frames == 0 ? Run(bpf, program) : Deeper(bpf, program, frames - 1);
        GC.KeepAlive(bpf); // no tail call
        return result;
    }

    private static byte[] Value(IBpfEngine bpf, int map, uint key)
    {
        MapInfo info = default;
        Assert.Equal(0, bpf.Info(map, ref info));
        byte[] value = new byte[info.ValueSize];
        Assert.Equal(0, bpf.MapLookup(map, Key(key), value));
        return value;
    }

    private static ulong First(byte[] frames) => BinaryPrimitives.ReadUInt64LittleEndian(frames);

    private static int DepthOf(byte[] frames) => Enumerable.Range(0, frames.Length / 8).TakeWhile(at => BinaryPrimitives.ReadUInt64LittleEndian(frames.AsSpan(at * 8)) != 0).Count();

    private static uint[] KeysOf(IBpfEngine bpf, int map)
    {
        List<uint> keys = [];
        byte[] next = new byte[4];
        for (byte[] key = []; bpf.MapNextKey(map, key, next) == 0; key = [.. next])
            keys.Add(BinaryPrimitives.ReadUInt32LittleEndian(next));
        return [.. keys];
    }

    private static bool IsCode(ulong address) => File.ReadLines("/proc/self/maps").Any(line =>
        line.Split(' ', 3) is [var range, var access, ..] && access.Contains('x', StringComparison.Ordinal)
        && range.Split('-').Select(static text => Convert.ToUInt64(text, 16)).ToArray() is [var start, var end] && address >= start && address < end);

    private static void EachCommand(AnswerSheet sheet, string what, int map)
    {
        IBpfEngine bpf = sheet.Bpf;
        byte[] next = new byte[4], value = new byte[Depth * 8];
        uint count = 1;
        foreach (uint key in new uint[] { 0, 3, 4, uint.MaxValue })
        {
            sheet.Add($"{what} lookup {key}", bpf.MapLookup(map, Key(key), value));
            sheet.Add($"{what} delete {key}", bpf.MapDelete(map, Key(key)));
            sheet.Add($"{what} lookup and delete {key}", bpf.MapLookupAndDelete(map, Key(key), value));
            sheet.Add($"{what} next key {key}", bpf.MapNextKey(map, Key(key), next));
            foreach (ulong flags in new ulong[] { 0, 1, 2, 3, 4, 8 })
                sheet.Add($"{what} update {key}, flags {flags}", bpf.MapUpdate(map, Key(key), value, (UpdateFlags)flags));
        }

        sheet.Add($"{what} first key", bpf.MapNextKey(map, [], next));
        sheet.Add($"{what} lookup, no key", bpf.MapLookup(map, [], value));
        sheet.Add($"{what} lookup batch", bpf.MapLookupBatch(map, andDelete: false, [], next, next, value, ref count));
        sheet.Add($"{what} lookup and delete batch", bpf.MapLookupBatch(map, andDelete: true, [], next, next, value, ref count));
        foreach (ProgramType type in new[] { ProgramType.SocketFilter, ProgramType.Xdp, ProgramType.Kprobe, ProgramType.RawTracepoint, ProgramType.Syscall })
            sheet.Add($"{what} {type} looks up", Programs.Load(bpf, $"*(u32 *)(r10 - 4) = 0\nr1 = map[fd:{map}]\nr2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nr0 = 0\nexit", type));
        foreach (ProgramType type in new[] { ProgramType.SocketFilter, ProgramType.Xdp, ProgramType.RawTracepoint })
            sheet.Add($"{what} {type} notes", Programs.Load(bpf, $"r2 = map[fd:{map}]\nr3 = 0\ncall bpf_get_stackid\nr0 = 0\nexit", type));
        sheet.Add($"{what} notes without the licence", Programs.Load(bpf, $"r2 = map[fd:{map}]\nr3 = 0\ncall bpf_get_stackid\nr0 = 0\nexit", ProgramType.RawTracepoint, "MIT"));
        sheet.Add($"{what} freeze", bpf.MapFreeze(map));
        sheet.Add($"{what} update, frozen", bpf.MapUpdate(map, Key(0), value));
        sheet.Add($"{what} delete, frozen", bpf.MapDelete(map, Key(0)));
        bpf.Close(map);
    }
}
