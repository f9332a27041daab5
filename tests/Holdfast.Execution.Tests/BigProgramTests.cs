using Holdfast.Execution.Tests.Fuzz;
using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests;

/// <summary>Programs that the JIT cuts into regions give the same as in the interpreter.</summary>
public sealed class BigProgramTests
{
    [Theory]
    [InlineData(1_000)]
    [InlineData(5_000)]
    [InlineData(20_000)]
    public void StraightCodeAndForwardJumps(int length)
    {
        VerifiedProgram program = TestProgram.Create(RandomProgram.Create(length, length), RandomProgram.MemoryBytes);
        ExecutableProgram compiled = Runner.Prepare("jit", program);
        ExecutableProgram interpreted = Runner.Prepare("interpreter", program);
        for (int seed = 0; seed < 200; seed++)
        {
            byte[] expected = RandomProgram.Memory(seed);
            byte[] actual = RandomProgram.Memory(seed);
            Runner.Run(interpreted, expected);
            Runner.Run(compiled, actual);
            Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(actual));
        }
    }

    /// <summary>A loop around everything: each time around goes through all regions, with every register live.</summary>
    [Theory]
    [InlineData(5_000)]
    [InlineData(20_000)]
    public void LoopsAroundRegions(int length)
    {
        Instruction[] body = RandomProgram.Create(-length, length);
        Instruction[] code =
        [
            Insn.StoreImm(MemorySize.Double, 10, -72, 50),
            .. body[..^2],
            Insn.Mov64Reg(1, 9),
            Insn.Load(MemorySize.Double, 0, 10, -72),
            Insn.Add64Imm(0, -1),
            Insn.Store(MemorySize.Double, 10, -72, 0),
            Insn.JumpImm(JumpOperation.Jeq, 0, 0, 1),
            Insn.GotoLong(-(body.Length - 2) - 6),
            .. body[^2..],
        ];
        VerifiedProgram program = TestProgram.Create(code, RandomProgram.MemoryBytes);
        byte[] expected = RandomProgram.Memory(length);
        byte[] actual = RandomProgram.Memory(length);
        Runner.Run(Runner.Prepare("interpreter", program), expected);
        Runner.Run(Runner.Prepare("jit", program), actual);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(actual));
    }

    /// <summary>Many functions, each with a body, called in a row.</summary>
    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void ManyFunctions(string engine)
    {
        const int functions = 200;
        List<Instruction> code = [Insn.Mov64Imm(6, 0)];
        int first = 1 + (functions * 3) + 2;
        for (int i = 0; i < functions; i++)
        {
            code.Add(Insn.Mov64Reg(1, 6));
            code.Add(Insn.CallLocal(first + (i * 3) - code.Count - 1));
            code.Add(Insn.Mov64Reg(6, 0));
        }

        code.AddRange([Insn.Mov64Reg(0, 6), Insn.Exit()]);
        for (int i = 0; i < functions; i++)
        {
            code.AddRange([Insn.Mov64Reg(0, 1), Insn.Add64Imm(0, i), Insn.Exit()]);
        }

        Assert.Equal((ulong)(functions * (functions - 1) / 2), Runner.Prepare(engine, TestProgram.Create(code)).Run(new RunContext(), 0));
    }

    /// <summary>The kernel's limit of 8 million iterations, then <c>may_goto</c> jumps.</summary>
    [Theory]
    [MemberData(nameof(Engines.Unchecked), MemberType = typeof(Engines))]
    public void MayGotoEndsALoop(string engine) =>
        Assert.Equal(8ul << 20, Runner.Run(engine, "r0 = 0\nloop:\nmay_goto done\nr0 += 1\ngoto loop\ndone:\nexit"));
}
