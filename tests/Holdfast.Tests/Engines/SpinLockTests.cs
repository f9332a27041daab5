using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Values with a <c>bpf_spin_lock</c>: BPF_F_LOCK in the commands and in programs, what of a value is copied, and the lock as programs take it.</summary>
public sealed class SpinLockTests
{
    private static readonly MapType[] Kinds = [MapType.Array, MapType.Hash];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    public static TheoryData<string, MapType> Runners => new MatrixTheoryData<string, MapType>(["user", "interpreter", "kernel"], Kinds);

    [Theory]
    [MemberData(nameof(Engines))]
    public void FlagsOfTheCommands(string name) => AnswerSheet.Check(name, "spin-lock-commands", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in Kinds)
        {
            foreach (bool hasLock in new[] { true, false })
            {
                int map = hasLock ? CreateMap(bpf, kind, 4) : bpf.MapCreate(kind, 4, 24, 4);
                string which = hasLock ? $"{kind}" : $"{kind} without a lock";
                byte[] value = new byte[24];
                int ordinal = 0;
                foreach (ulong flags in new ulong[] { 4, 0, 5, 6, 7, 8, 12, 1, 2 })
                {
                    foreach (uint key in new uint[] { 1, 2, 9 })
                    {
                        string what = $"{which} flags {flags} key {key}";
                        Array.Fill(value, (byte)++ordinal);
                        sheet.Add($"{what} update", bpf.MapUpdate(map, Key(key), value, (UpdateFlags)flags));
                        sheet.Add($"{what} lookup", bpf.MapLookup(map, Key(key), value), value);
                        sheet.Add($"{what} lookup, flags", bpf.MapLookup(map, Key(key), value, (UpdateFlags)flags), value);
                    }
                }

                foreach (ulong flags in new ulong[] { 4, 0, 1 })
                {
                    byte[] token = new byte[4], keys = new byte[32], values = new byte[8 * 24];
                    uint count = 2;
                    Array.Fill(values, (byte)++ordinal);
                    sheet.Add($"{which} update batch {flags}", bpf.MapUpdateBatch(map, [.. Key(0), .. Key(3)], values.AsSpan(0, 48), ref count, (UpdateFlags)flags));
                    sheet.Add($"{which} update batch {flags} lookup", bpf.MapLookup(map, Key(3), value), value);
                    count = 8;
                    Array.Clear(values);
                    int result = bpf.MapLookupBatch(map, andDelete: false, [], token, keys, values, ref count, (UpdateFlags)flags);
                    sheet.Add($"{which} lookup batch {flags}", $"{RawCalls.Answer(result)}, {count}: {Sorted(keys, values, (int)count)}");
                    sheet.Add($"{which} lookup and delete {flags}", bpf.MapLookupAndDelete(map, Key(3), value, (UpdateFlags)flags), value);
                }

                bpf.Close(map);
            }
        }
    });

    /// <summary>What a program's updates leave in the value, by BPF_F_LOCK and without.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void UpdatesByPrograms(string name) => AnswerSheet.Check(name, "spin-lock-programs", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in Kinds)
        {
            int map = CreateMap(bpf, kind, 4);
            byte[] value = new byte[24];
            foreach (ulong flags in new ulong[] { 4, 0, 5, 6, 7, 8 })
            {
                foreach (uint key in new uint[] { 1, 2, 9 })
                {
                    int program = Programs.Accept(
                        bpf,
                        $"""
                        *(u32 *)(r10 - 4) = {key}
                        *(u64 *)(r10 - 32) = {flags + 1}
                        *(u64 *)(r10 - 24) = {flags + 2}
                        *(u64 *)(r10 - 16) = {flags + 3}
                        r1 = map[fd:{map}]
                        r2 = r10
                        r2 += -4
                        r3 = r10
                        r3 += -32
                        r4 = {flags}
                        call bpf_map_update_elem
                        r0 = -r0
                        exit
                        """,
                        ProgramType.SchedCls);
                    sheet.Add($"{kind} flags {flags} key {key} run", bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult run));
                    sheet.Add($"{kind} flags {flags} key {key}", $"{(Errno)run.ReturnValue}");
                    sheet.Add($"{kind} flags {flags} key {key} lookup", bpf.MapLookup(map, Key(key), value, UpdateFlags.Lock), value);
                    bpf.Close(program);
                }
            }

            bpf.Close(map);
        }
    });

    /// <summary>Two words that programs change under the lock are never seen apart by a lookup with BPF_F_LOCK, and updates with it never come between.</summary>
    [Theory]
    [MemberData(nameof(Runners))]
    public void LookupsSeeWhatProgramsLeave(string runner, MapType type)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(runner == "interpreter" ? "user" : runner, interpreted: runner == "interpreter");
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = CreateMap(bpf, type, 4);
        Assert.Equal(0, bpf.MapUpdate(map, Key(1), new byte[24]));
        int program = Programs.Accept(bpf, TwoIncrements(map), ProgramType.SchedCls);
        bool done = false;
        Exception? failure = null;
        Thread[] runs = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            for (int run = 0; run < 30 && failure is null; run++)
            {
                if (bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = 2000 }, out TestRunResult _) != 0)
                    failure = new InvalidOperationException(bpf.LastFailure);
            }
        }))];
        foreach (Thread run in runs)
            run.Start();
        Thread reader = new(() =>
        {
            byte[] value = new byte[24];
            while (!Volatile.Read(ref done))
                Assert.True(bpf.MapLookup(map, Key(1), value, UpdateFlags.Lock) == 0 && AreEqual(value), Convert.ToHexString(value));
        });
        reader.Start();
        foreach (Thread run in runs)
            run.Join();
        Volatile.Write(ref done, true);
        reader.Join();
        Assert.Null(failure);
        byte[] last = new byte[24];
        Assert.Equal(0, bpf.MapLookup(map, Key(1), last, UpdateFlags.Lock));
        Assert.Equal(120_000ul, BitConverter.ToUInt64(last, 8));
        Assert.True(AreEqual(last));
        bpf.Close(program);
        bpf.Close(map);
    }

    /// <summary>A descriptor that may only read, in a process that may write: the lock is no data.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void ALookupByAReadingDescriptor(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int map = CreateMap(bpf, MapType.Hash, 4);
        Assert.Equal(0, bpf.MapUpdate(map, Key(1), new byte[24], UpdateFlags.Lock));
        Assert.Equal(0, bpf.Pin(map, engine.Pin("m")));
        bpf.Close(map);
        int reading = bpf.Get(engine.Pin("m"), MapFlags.ReadOnly);
        Assert.True(reading > 0, bpf.LastFailure);
        Assert.Equal(0, bpf.MapLookup(reading, Key(1), new byte[24], UpdateFlags.Lock));
        Assert.Equal(0, bpf.MapLookup(reading, Key(1), new byte[24]));
        bpf.Close(reading);
    }

    internal static bool AreEqual(ReadOnlySpan<byte> value) => value.Slice(8, 8).SequenceEqual(value.Slice(16, 8));

    /// <summary>Adds one to two words of key 1's value under its lock.</summary>
    internal static string TwoIncrements(int map) => $"""
        *(u32 *)(r10 - 4) = 1
        r1 = map[fd:{map}]
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto +1
        exit
        r6 = r0
        r1 = r0
        r1 += 4
        call bpf_spin_lock
        r2 = *(u64 *)(r6 + 8)
        r2 += 1
        *(u64 *)(r6 + 8) = r2
        r2 = *(u64 *)(r6 + 16)
        r2 += 1
        *(u64 *)(r6 + 16) = r2
        r1 = r6
        r1 += 4
        call bpf_spin_unlock
        r0 = 0
        exit
        """;

    /// <summary>A map of { u32 a; struct bpf_spin_lock lock; u64 b; u64 c; }.</summary>
    internal static int CreateMap(IBpfEngine bpf, MapType type, uint entries)
    {
        BtfBuilder builder = new();
        uint word = builder.Int("unsigned int", 4), wide = builder.Int("unsigned long", 8);
        uint spin = builder.Struct("bpf_spin_lock", 4, new BtfMember("val", word, 0, 0));
        uint value = builder.Struct(
            "value", 24, new BtfMember("a", word, 0, 0), new BtfMember("lock", spin, 32, 0), new BtfMember("b", wide, 64, 0), new BtfMember("c", wide, 128, 0));
        int btf = bpf.BtfLoad(builder.ToArray());
        Assert.True(btf > 0, bpf.LastFailure);
        int map = bpf.MapCreate(new MapCreateAttribute
        {
            MapType = type,
            KeySize = 4,
            ValueSize = 24,
            MaxEntries = entries,
            BtfFd = (uint)btf,
            BtfKeyTypeId = word,
            BtfValueTypeId = value,
        });
        Assert.True(map > 0, bpf.LastFailure);
        bpf.Close(btf);
        return map;
    }

    private static string Sorted(byte[] keys, byte[] values, int count) => string.Join(' ', Enumerable.Range(0, count)
        .Select(at => $"{Convert.ToHexStringLower(keys, at * 4, 4)}={Convert.ToHexStringLower(values, at * 24, 24)}").Order(StringComparer.Ordinal));
}
