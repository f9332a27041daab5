using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests;

/// <summary>Tail calls: where they go, when they fall through, how deep they get.</summary>
public sealed class TailCallTests
{
    private const string CountAndGoOn = """
        r2 = *(u64 *)(r1 + 0)
        r2 += 1
        *(u64 *)(r1 + 0) = r2
        r2 = map[fd:0] ll
        r3 = 0
        call 12
        r0 = 99
        exit
        """;

    public static TheoryData<string, string> Pairs =>
        [.. from first in Engines.Unchecked from second in Engines.Unchecked select new TheoryDataRow<string, string>(first.Data, second.Data)];

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void AProgramTailCallsItself33Times(string engine)
    {
        PlainProgArray array = new(1);
        ExecutableProgram program = Prepare(engine, CountAndGoOn, array);
        array.Set(0, program);
        byte[] memory = new byte[8];
        Assert.Equal(99ul, Runner.Run(program, memory));
        Assert.Equal(34, memory[0]);
        Assert.Equal(99ul, Runner.Run(program, memory));
        Assert.Equal(68, memory[0]);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void EnginesTailCallEachOther(string first, string second)
    {
        PlainProgArray there = new(1);
        PlainProgArray back = new(1);
        ExecutableProgram one = Prepare(first, CountAndGoOn, there);
        ExecutableProgram two = Prepare(second, CountAndGoOn, back);
        there.Set(0, two);
        back.Set(0, one);
        byte[] memory = new byte[8];
        Assert.Equal(99ul, Runner.Run(one, memory));
        Assert.Equal(34, memory[0]);
    }

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void EmptyAndAbsentSlotsFallThrough(string engine)
    {
        PlainProgArray array = new(3);
        const string code = """
            r6 = r1
            r2 = map[fd:0] ll
            r3 = *(u32 *)(r1 + 0)
            call 12
            r0 = 7
            exit
            """;
        ExecutableProgram program = Prepare(engine, code, array);
        array.Set(1, Prepare(engine, "r0 = 5\nexit"));
        Assert.Equal(7ul, Runner.Run(program, [0, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(5ul, Runner.Run(program, [1, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(7ul, Runner.Run(program, [2, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(7ul, Runner.Run(program, [3, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(7ul, Runner.Run(program, [255, 255, 255, 255, 0, 0, 0, 0]));
        array.Set(1, null);
        Assert.Equal(7ul, Runner.Run(program, [1, 0, 0, 0, 0, 0, 0, 0]));
    }

    /// <summary>A tail call replaces its function only: its result goes to the function's caller.</summary>
    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void ATailCallInASubprogramReturnsToTheCaller(string engine)
    {
        PlainProgArray array = new(1);
        array.Set(0, Prepare(engine, "r0 = 40\nexit"));
        const string code = """
            r6 = 2
            call sub
            r0 += r6
            exit
            sub:
            r2 = map[fd:0] ll
            r3 = 0
            call 12
            r0 = 1
            exit
            """;
        Assert.Equal(42ul, Runner.Run(Prepare(engine, code, array), new byte[8]));
    }

    /// <summary>A function cut into regions leaves by tail call too, from its last one.</summary>
    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void BigProgramsTailCall(string engine)
    {
        PlainProgArray array = new(1);
        array.Set(0, Prepare(engine, "r0 = *(u64 *)(r1 + 0)\nexit"));
        List<Instruction> code = [Insn.Mov64Reg(6, 1), Insn.Mov64Imm(7, 0)];
        for (int i = 0; i < 6000; i++)
        {
            code.Add(Insn.JumpImm(JumpOperation.Jeq, 7, i + 1, 0));
            code.Add(Insn.Add64Imm(7, 1));
        }

        code.Add(Insn.Store(MemorySize.Double, 6, 0, 7));
        code.Add(Insn.Mov64Reg(1, 6));
        code.AddRange(Insn.LoadMapFd(2, 0));
        code.AddRange([Insn.Mov64Imm(3, 0), Insn.Call(Isa.Abi.HelperId.TailCall), Insn.Mov64Imm(0, 1), Insn.Exit()]);
        VerifiedProgram verified = TestProgram.Create(code, 8, [array.Description]);
        Assert.Equal(6000ul, Runner.Run(Runner.Prepare(engine, verified, array), new byte[8]));
    }

    private static ExecutableProgram Prepare(string engine, string assembly, params RuntimeMap[] maps) =>
        Runner.Prepare(engine, TestProgram.Create(Runner.Assemble(assembly), 8, [.. maps.Select(map => map.Description)]), maps);
}
