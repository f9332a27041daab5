using Holdfast.Execution;
using Holdfast.Execution.Jit;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Bench;

/// <summary>What it costs to enter and leave a program.</summary>
internal static class ConstantBenchmark
{
    public static void Run(Report report)
    {
        Report.Title("a program that returns a constant");
        if (!Verification.TryVerify([Insn.Mov64Imm(0, 1), Insn.Exit()], 8, out VerifiedProgram? verified, out string reason))
        {
            Report.Skip("constant", reason);
            return;
        }

        ExecutableProgram program = new JitEngine().Prepare(new LinkedProgram(verified, [], HelperTable.Maps));
        RunContext context = new();
        double median = Clock.Medians(report.Batches, times =>
        {
            for (int i = 0; i < times; i++)
            {
                program.Run(context, 0);
            }
        })[0];
        report.Line("ExecutableProgram.Run", $"{median:f2} ns", median, 5, " ns");
    }
}
