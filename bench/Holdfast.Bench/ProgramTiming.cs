using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Bench;

/// <summary>Loads programs that are to be timed, and compares two engines' times.</summary>
internal static class ProgramTiming
{
    private const int WarmUps = 5;

    /// <summary>Loads a program.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="text">Its assembly.</param>
    /// <returns>Its descriptor.</returns>
    public static int Load(IBpfEngine engine, string text)
    {
        if (!Assembler.TryAssemble(text, out Instruction[] instructions, out IReadOnlyList<AssemblyDiagnostic> diagnostics))
            throw new InvalidOperationException(string.Join('\n', diagnostics));
        int program = engine.ProgLoad(new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = instructions, License = "GPL" }, out _);
        return program >= 0 ? program : throw new InvalidOperationException($"{(Errno)(-program)}: {engine.LastFailure}");
    }

    /// <summary>Nanoseconds of one of a run's operations, by the engine's own measure of a test run.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="text">The program.</param>
    /// <param name="repeats">Runs in a test run.</param>
    /// <param name="operations">Operations in a run.</param>
    public static Func<double> ByTestRun(IBpfEngine engine, string text, uint repeats, int operations)
    {
        int program = Load(engine, text);
        return () =>
        {
            int result = engine.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = repeats }, out TestRunResult run);
            return result >= 0 ? run.Duration / (double)operations : throw new InvalidOperationException($"{(Errno)(-result)}");
        };
    }

    /// <summary>Medians of two engines' busy times less their idle ones; all four take turns.</summary>
    public static (double Ours, double Theirs) Compare(int batches, (Func<double> Busy, Func<double> Idle) ours, (Func<double> Busy, Func<double> Idle) theirs)
    {
        double[] own = new double[batches], other = new double[batches];
        for (int batch = -WarmUps; batch < batches; batch++)
        {
            double mine = ours.Busy() - ours.Idle(), its = theirs.Busy() - theirs.Idle();
            if (batch < 0)
                continue;
            own[batch] = mine;
            other[batch] = its;
        }

        return (Clock.Median(own), Clock.Median(other));
    }
}
