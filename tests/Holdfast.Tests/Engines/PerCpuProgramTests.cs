using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Per-CPU maps as programs see them: each run has the values of one CPU, of the userspace engine one execution slot.</summary>
public sealed class PerCpuProgramTests
{
    public static TheoryData<string, MapType> Runners => new MatrixTheoryData<string, MapType>(["user", "interpreter", "kernel"], PerCpuMapTests.Types);

    [Theory]
    [MemberData(nameof(Runners))]
    public void PlainIncrementsOfAllRunsAreCounted(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = CreateMap(engine, type, 8, 4);
        int program = Programs.Accept(engine.Bpf.Engine, LookedUp(Handle(map), 2, "r1 = *(u64 *)(r0 + 0)\nr1 += 3\n*(u64 *)(r0 + 0) = r1\nr0 = 0\nexit"));
        Run(engine, program, 1000);
        Run(engine, program, 1);
        Assert.Equal(3003, Values(map, 2).Sum());
        Assert.Equal(0, Values(map, 1).Sum());
        engine.Bpf.Engine.Close(program);
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public void TheProcessorNumberIsTheValuesPlace(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = CreateMap(engine, type, 8, 4);
        int program = Programs.Accept(engine.Bpf.Engine, $"""
            call bpf_get_smp_processor_id
            r6 = r0
            {LookedUp(Handle(map), 1, "*(u64 *)(r0 + 0) = 9\nr0 = r6\nexit")}
            """);
        long[] expected = new long[((IExecutionSlots)engine.Bpf.Engine).ExecutionSlots];
        for (int run = 0; run < 20; run++)
        {
            expected[Run(engine, program, 1)] = 9;
            Assert.Equal(expected, Values(map, 1));
        }

        engine.Bpf.Engine.Close(program);
    }

    /// <summary>12 bytes: what a program updates is its own CPU's value only, and what rounds it up is nobody's.</summary>
    [Theory]
    [MemberData(nameof(Runners))]
    public void AnUpdateChangesOneCpusValue(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = CreateMap(engine, type, 12, 4);
        BpfPerCpuMap<uint, Triple> typed = map.AsPerCpu<uint, Triple>();
        typed.Update(3, [.. Enumerable.Repeat(new Triple(1, 2, 3), typed.Cpus)]);
        string update(uint key, ulong flags) => $"""
            call bpf_get_smp_processor_id
            r6 = r0
            *(u32 *)(r10 - 4) = {key}
            *(u32 *)(r10 - 16) = 7
            *(u32 *)(r10 - 12) = 8
            *(u32 *)(r10 - 8) = 9
            r1 = map[fd:{Handle(map)}]
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = {flags} ll
            call bpf_map_update_elem
            r0 <<= 8
            r0 |= r6
            exit
            """;
        uint ran = Once(engine, update(3, 0));
        Assert.Equal(0u, ran >> 8);
        Triple[] values = new Triple[typed.Cpus];
        Assert.True(typed.TryLookup(3, values));
        Assert.Equal([.. Enumerable.Range(0, typed.Cpus).Select(cpu => cpu == (int)(ran & 0xff) ? new Triple(7, 8, 9) : new Triple(1, 2, 3))], values);

        Assert.Equal(Errno.EEXIST, Failed(Once(engine, update(3, 1))));
        Assert.Equal(Errno.None, Failed(Once(engine, update(3, 2))));
        Assert.Equal(Errno.EINVAL, Failed(Once(engine, update(3, 3))));
        Assert.Equal(Errno.EINVAL, Failed(Once(engine, update(3, 8))));
        if (type == MapType.PerCpuArray)
        {
            Assert.Equal(Errno.E2BIG, Failed(Once(engine, update(4, 0))));
            Assert.Equal(Errno.EINVAL, Failed(Once(engine, update(3, 4))));
        }
        else
        {
            Assert.Equal(Errno.ENOENT, Failed(Once(engine, update(9, 2))));
            // A key that a program makes has its value for one CPU, and zeros for the others.
            ran = Once(engine, update(9, 1));
            Assert.Equal(0u, ran >> 8);
            Assert.True(typed.TryLookup(9, values));
            Assert.Equal([.. Enumerable.Range(0, typed.Cpus).Select(cpu => cpu == (int)(ran & 0xff) ? new Triple(7, 8, 9) : default)], values);
        }
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public void ValuesOfOtherCpusCanBeRead(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = CreateMap(engine, type, 8, 4);
        BpfPerCpuMap<uint, ulong> typed = map.AsPerCpu<uint, ulong>();
        typed.Update(1, [.. Enumerable.Range(0, typed.Cpus).Select(cpu => (ulong)cpu + 50)]);
        string read(uint key, string cpu) => $"""
            *(u32 *)(r10 - 4) = {key}
            r1 = map[fd:{Handle(map)}]
            r2 = r10
            r2 += -4
            r3 = {cpu}
            call bpf_map_lookup_percpu_elem
            if r0 != 0 goto +2
            r0 = 1000
            exit
            r0 = *(u64 *)(r0 + 0)
            exit
            """;
        for (int cpu = 0; cpu < typed.Cpus; cpu++)
            Assert.Equal(50u + (uint)cpu, Once(engine, read(1, $"{cpu}")));
        foreach (string none in new[] { $"{typed.Cpus + 8000}", "-1", "4294967295 ll" })
            Assert.Equal(1000u, Once(engine, read(1, none)));
        Assert.Equal(1000u, Once(engine, read(77, "0")));
    }

    /// <summary>A program that knows nothing of per-CPU maps calls one that does: the slot is taken all the same, and given back.</summary>
    [Theory]
    [MemberData(nameof(Runners))]
    public void ATailCallLeadsToAPerCpuMap(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = CreateMap(engine, type, 8, 4);
        IBpfEngine bpf = engine.Bpf.Engine;
        int slots = bpf.MapCreate(MapType.ProgArray, 4, 4, 2);
        int counter = Programs.Accept(bpf, LookedUp(Handle(map), 0, "r1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = 5\nexit"));
        int caller = Programs.Accept(bpf, $"r2 = map[fd:{slots}]\nr3 = 0\ncall bpf_tail_call\nr0 = 6\nexit");
        Assert.Equal(6u, Run(engine, caller, 1));
        Assert.Equal(0, bpf.MapUpdate(slots, MapCommandTests.Key(0), MapCommandTests.Key((uint)counter)));
        for (int run = 0; run < 40; run++)
            Assert.Equal(5u, Run(engine, caller, 10));
        Assert.Equal(400, Values(map, 0).Sum());
        foreach (int descriptor in new[] { slots, counter, caller })
            bpf.Close(descriptor);
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public void FunctionsOfTheProgramSeeTheSameCpu(string runner, MapType type)
    {
        using EngineUnderTest engine = Open(runner);
        using BpfMap map = CreateMap(engine, type, 8, 4);
        int program = Programs.Accept(engine.Bpf.Engine, $"""
            call pc+3
            call pc+2
            r0 = 0
            exit
            {LookedUp(Handle(map), 0, "r1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = 0\nexit")}
            """);
        Run(engine, program, 100);
        Assert.Equal(200, Values(map, 0).Sum());
        engine.Bpf.Engine.Close(program);
    }

    internal static string LookedUp(int map, uint key, string then) => $"""
        *(u32 *)(r10 - 4) = {key}
        r1 = map[fd:{map}]
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto +1
        exit
        {then}
        """;

    private static EngineUnderTest Open(string runner) =>
        EngineUnderTest.Open(runner == "interpreter" ? "user" : runner, interpreted: runner == "interpreter");

    /// <summary>A map whose keys 0 to 3 are all there.</summary>
    private static BpfMap CreateMap(EngineUnderTest engine, MapType type, int valueSize, uint keys)
    {
        // The kernel's LRU maps evict before they are full.
        BpfMap map = engine.CreateMapOrSkip(type, 4, valueSize, type == MapType.LruPerCpuHash ? 400 : keys * 2);
        if (type == MapType.PerCpuArray)
        {
            map.Dispose();
            return engine.CreateMapOrSkip(type, 4, valueSize, keys);
        }

        for (uint key = 0; key < keys; key++)
            map.Update(MapCommandTests.Key(key), new byte[map.ValueBufferSize]);
        return map;
    }

    internal static int Handle(BpfMap map) => map.Handle.Descriptor;

    private static long[] Values(BpfMap map, uint key)
    {
        byte[] bytes = new byte[map.ValueBufferSize];
        Assert.True(map.TryLookup(MapCommandTests.Key(key), bytes));
        return [.. MemoryMarshal.Cast<byte, long>(bytes)];
    }

    private static uint Run(EngineUnderTest engine, int program, uint times)
    {
        Assert.Equal(0, engine.Bpf.Engine.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = times }, out TestRunResult result));
        return result.ReturnValue;
    }

    private static uint Once(EngineUnderTest engine, string text)
    {
        int program = Programs.Accept(engine.Bpf.Engine, text);
        uint result = Run(engine, program, 1);
        engine.Bpf.Engine.Close(program);
        return result;
    }

    private static Errno Failed(uint result) => (Errno)(-((int)result >> 8));

    /// <summary>12 bytes: no multiple of 8.</summary>
    private readonly record struct Triple(uint A, uint B, uint C);
}
