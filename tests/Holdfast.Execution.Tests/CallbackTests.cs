using Holdfast.Execution.Interpreter;
using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests;

/// <summary>Functions that helpers call back, and runs that end from within a helper.</summary>
public sealed unsafe class CallbackTests
{
    private const HelperId Repeat = (HelperId)1000;

    private static readonly HelperTable Helpers = Runner.Helpers.With(Repeat, &CallTimes);

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void ACallbackSeesItsArgumentsAndTheCallersStack(string engine)
    {
        // Calls the function 1000 times with an index and a pointer to the caller's stack, where it adds the index.
        Instruction[] code =
        [
            Insn.StoreImm(MemorySize.Double, 10, -8, 5),
            Insn.Mov64Imm(1, 1000),
            .. Insn.LoadPseudo(PseudoLoad.Function, 2, 1),
            Insn.Mov64Reg(3, 10),
            Insn.Add64Imm(3, -8),
            Insn.Call(Repeat),
            Insn.Load(MemorySize.Double, 0, 10, -8),
            Insn.Exit(),
            Insn.Load(MemorySize.Double, 3, 2, 0),
            Insn.Add64Reg(3, 1),
            Insn.Store(MemorySize.Double, 2, 0, 3),
            Insn.Mov64Imm(0, 0),
            Insn.Exit(),
        ];
        VerifiedProgram verified = TestProgram.CreateWithFunctions(code, 0, 9);
        ExecutableProgram program = Engines.Get(engine).Prepare(new LinkedProgram(verified, [], Helpers));
        Assert.Equal(5ul + (999 * 1000 / 2), program.Run(new RunContext(), 0));
    }

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void AHelperEndsTheRunFromWithinAFunction(string engine)
    {
        const string code = """
            call sub
            r0 = 77
            exit
            sub:
            r1 = 0
            call 5
            r0 = 66
            exit
            """;
        ExecutableProgram program = Runner.Prepare(engine, code);
        RunContext context = new();
        Assert.Equal(0ul, program.Run(context, 0));
        Assert.Equal(0ul, program.Run(context, 0));
    }

    [Theory]
    [MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public void HelpersGetTheirFiveArguments(string engine)
    {
        const HelperId weigh = (HelperId)1001;
        Instruction[] code = [.. from register in Enumerable.Range(1, 5) select Insn.Mov64Imm((byte)register, register * 3), Insn.Call(weigh), Insn.Exit()];
        ExecutableProgram program = Engines.Get(engine).Prepare(new LinkedProgram(TestProgram.Create(code), [], Helpers.With(weigh, &Weigh)));
        Assert.Equal(3ul + 60 + 900 + 12_000 + 150_000, program.Run(new RunContext(), 0));
    }

    [Fact]
    public void BudgetEndsARunThatDoesNotEnd()
    {
        InterpreterEngine engine = new(new InterpreterOptions { Budgeted = true });
        ExecutableProgram program = engine.Prepare(new LinkedProgram(TestProgram.Create(Runner.Assemble("loop:\nr0 = 0\ngoto loop")), [], Runner.Helpers));
        RunContext context = new() { InstructionBudget = 1_000_000 };
        BudgetExhaustedException exception = Assert.Throws<BudgetExhaustedException>(() => program.Run(context, 0));
        Assert.InRange(exception.Slot, 0, 1);
    }

    [Fact]
    public void BudgetCountsExactly()
    {
        InterpreterEngine engine = new(new InterpreterOptions { Budgeted = true });
        ExecutableProgram program = engine.Prepare(new LinkedProgram(TestProgram.Create(Runner.Assemble("r0 = 1\nr0 += 1\nexit")), [], Runner.Helpers));
        RunContext context = new() { InstructionBudget = 3 };
        Assert.Equal(2ul, program.Run(context, 0));
        Assert.Equal(0, context.InstructionBudget);
        context.InstructionBudget = 2;
        Assert.Equal(2, Assert.Throws<BudgetExhaustedException>(() => program.Run(context, 0)).Slot);
    }

    private static ulong CallTimes(RunContext context, ulong times, ulong callback, ulong argument, ulong r4, ulong r5)
    {
        CallbackEntry entry = RunContext.ResolveCallback(callback);
        for (ulong i = 0; i < times; i++)
        {
            _ = entry(context, i, argument, 0, 0, 0);
        }

        return times;
    }

    private static ulong Weigh(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        r1 + (10 * r2) + (100 * r3) + (1000 * r4) + (10_000 * r5);
}
