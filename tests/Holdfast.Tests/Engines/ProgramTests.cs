using System.Text;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Loading, refusing, running, pinning programs, on both engines.</summary>
public sealed class ProgramTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatIsRefusedBeforeAnInstructionIsLookedAt(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        byte[] log = new byte[4096];
        Isa.Instructions.Instruction[] good = Programs.Assemble(Programs.ReturnOne);
        Assert.Equal(Errno.E2BIG, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter }, out _)));
        Assert.Equal(Errno.E2BIG, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = new Isa.Instructions.Instruction[1_000_001] }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = (ProgramType)1000, Instructions = good }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = good, Name = "a-b" }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = good, Flags = (ProgramFlags)(1u << 30) }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = good, LogLevel = 16, Log = log }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = good, LogLevel = 0, Log = log }, out _)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatTheVerifierRefuses(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        foreach ((string text, Errno expected) in new[]
        {
            ("exit", Errno.EACCES),
            ("r0 = 1", Errno.EINVAL),
            ("r0 = r5\nexit", Errno.EACCES),
            ("r1 = map[fd:54321]\nr0 = 0\nexit", Errno.EBADF),
            ("*(u64 *)(r10 - 520) = 0\nr0 = 0\nexit", Errno.EACCES),
            ("*(u64 *)(r10 + 0) = 0\nr0 = 0\nexit", Errno.EACCES),
            ("r10 = 1\nr0 = 0\nexit", Errno.EACCES),
            ("goto +1\nr0 = 0\nexit", Errno.EINVAL),
            ("r0 = 0\ngoto +100\nexit", Errno.EINVAL),
            ("r0 = 0\ngoto -2\nexit", Errno.EINVAL),
            ("r0 = 7\nr0 /= 0\nexit", Errno.EINVAL),
            ("r0 = *(u32 *)(r1 + 4096)\nexit", Errno.EACCES),
            ("call 99999\nexit", Errno.EINVAL),
        })
        {
            int descriptor = Programs.Load(engine.Bpf.Engine, text);
            Errno answer = Answer(descriptor);
            if (descriptor > 0)
                engine.Bpf.Engine.Close(descriptor);
            Assert.True(expected == answer, $"{text.Replace('\n', ';')}: {answer}, not {expected}");
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheLogIsWrittenAndSaysWhenItDoesNotFit(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        byte[] log = new byte[4096];
        int bad = bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = Programs.Assemble("r0 = r5\nexit"), LogLevel = 1, Log = log }, out uint size);
        Assert.Equal(Errno.EACCES, Answer(bad));
        string text = Encoding.UTF8.GetString(log.AsSpan(0, log.AsSpan().IndexOf((byte)0)));
        Assert.Contains("R5 !read_ok", text);
        Assert.Equal((uint)text.Length + 1, size);
        int good = bpf.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = Programs.Assemble(Programs.ReturnOne), LogLevel = 2, Log = log.AsSpan(0, 16) }, out size);
        Assert.Equal(Errno.ENOSPC, Answer(good));
        Assert.True(size > 16);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TestRunsOfASocketFilter(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int program = Programs.Accept(bpf, Programs.ReturnOne);
        Assert.Equal(Errno.None, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = 3 }, out TestRunResult result)));
        Assert.Equal(1u, result.ReturnValue);
        Assert.Equal(Errno.EINVAL, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[13] }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.TestRun(program, new TestRunRequest { }, out _)));
        byte[] output = new byte[64];
        Assert.Equal(Errno.ENOSPC, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], DataOut = output.AsSpan(0, 10) }, out _)));
        Assert.Equal(Errno.EINVAL, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], Flags = 1u << 20 }, out _)));
        Assert.Equal(Errno.EBADF, Answer(bpf.TestRun(54321, new TestRunRequest { DataIn = new byte[64] }, out _)));
        bpf.Close(program);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnXdpProgramChangesItsPacket(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        const string Text = """
            r2 = *(u32 *)(r1 + 4)
            r1 = *(u32 *)(r1 + 0)
            r3 = r1
            r3 += 14
            r0 = 1
            if r3 > r2 goto +2
            *(u8 *)(r1 + 13) = 99
            r0 = 3
            exit
            """;
        int program = Programs.Accept(bpf, Text, ProgramType.Xdp);
        byte[] output = new byte[64];
        Assert.Equal(Errno.None, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], DataOut = output }, out TestRunResult result)));
        Assert.Equal((3u, 64u, (byte)99), (result.ReturnValue, result.DataSize, output[13]));
        bpf.Close(program);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AProgramKeepsItsMapAlive(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        uint id;
        int program;
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 8, 1))
        {
            id = map.Id;
            program = Programs.Accept(bpf, $"""
                *(u32 *)(r10 - 4) = 0
                r1 = map[fd:{map.Handle.Descriptor}]
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                if r0 == 0 goto +2
                r1 = 5
                lock *(u64 *)(r0 + 0) += r1
                r0 = 0
                exit
                """);
        }

        Assert.Equal(Errno.None, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = 10 }, out _)));
        using (BpfMap map = engine.Bpf.OpenMap(id))
        {
            Assert.True(map.As<uint, ulong>().TryLookup(0, out ulong value));
            Assert.Equal(50ul, value);
        }

        bpf.Close(program);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void APinnedProgramIsAProgram(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int program = Programs.Accept(bpf, Programs.ReturnOne);
        Assert.Equal(Errno.None, Answer(bpf.Pin(program, engine.Pin("prog"))));
        ProgInfo info = default;
        Assert.Equal(Errno.None, Answer(bpf.Info(program, ref info)));
        bpf.Close(program);
        using (BpfProgram again = engine.Bpf.OpenPinnedProgram(engine.Pin("prog")))
        {
            Assert.Equal((info.Id, ProgramType.SocketFilter), (again.Id, again.Type));
            Assert.Equal(1u, again.TestRun(new byte[64]));
            Assert.Equal(Errno.EINVAL, Answer(bpf.MapLookup(again.Handle.Descriptor, [0, 0, 0, 0], new byte[8])));
        }

        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => engine.Bpf.OpenPinnedMap(engine.Pin("prog"))).Errno);
        File.Delete(engine.Pin("prog"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ATailCallGoesWhereTheSlotLeadsNow(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        using BpfMap slots = engine.Bpf.CreateMap(MapType.ProgArray, 4, 4, 4);
        int caller = Programs.Accept(bpf, $"""
            r2 = map[fd:{slots.Handle.Descriptor}]
            r3 = 2
            call bpf_tail_call
            r0 = 7
            exit
            """);
        int one = Programs.Accept(bpf, Programs.ReturnOne), two = Programs.Accept(bpf, "r0 = 2\nexit"), xdp = Programs.Accept(bpf, "r0 = 2\nexit", ProgramType.Xdp);
        Assert.Equal(7u, Run(bpf, caller));
        slots.Update(MapCommandTests.Key(2), MapCommandTests.Key((uint)one));
        Assert.Equal(1u, Run(bpf, caller));
        slots.Update(MapCommandTests.Key(2), MapCommandTests.Key((uint)two));
        bpf.Close(two);
        Assert.Equal(2u, Run(bpf, caller));
        byte[] id = new byte[4];
        Assert.True(slots.TryLookup(MapCommandTests.Key(2), id));
        Assert.True(BitConverter.ToUInt32(id) > 0);
        Assert.Equal(Errno.EINVAL, Answer(bpf.MapUpdate(slots.Handle.Descriptor, MapCommandTests.Key(2), MapCommandTests.Key((uint)xdp))));
        Assert.True(slots.TryDelete(MapCommandTests.Key(2)));
        Assert.Equal(7u, Run(bpf, caller));
        foreach (int descriptor in new[] { caller, one, xdp })
            bpf.Close(descriptor);
    }

    private static uint Run(IBpfEngine bpf, int program)
    {
        Assert.Equal(Errno.None, Answer(bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result)));
        return result.ReturnValue;
    }
}
