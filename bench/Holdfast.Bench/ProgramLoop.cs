using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>A program that does something with a random key many times in each run, on either engine.</summary>
internal sealed class ProgramLoop
{
    private const int Times = 1000;
    private const int Repeats = 100;

    private readonly IBpfEngine _engine;
    private readonly int _program;
    private readonly uint _expected;

    /// <summary>Loads a loop. The next key depends on what the body found, so that no two rounds overlap.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="key">Makes a key on the stack, at r10 - 16, of the random number in r6, with r1.</param>
    /// <param name="body">Does its work and leaves in r0 what is to be added up.</param>
    /// <param name="each">What each round must leave in r0, 0 or 1.</param>
    public ProgramLoop(IBpfEngine engine, string key, string body, uint each)
    {
        _engine = engine;
        _expected = each * Times;

        // Random numbers by xorshift.
        string text = $"""
            r6 = 88172645463325252 ll
            r7 = {Times}
            r8 = 0
            *(u64 *)(r10 - 8) = 1
            again:
            r1 = r6
            r1 <<= 13
            r6 ^= r1
            r1 = r6
            r1 >>= 7
            r6 ^= r1
            r1 = r6
            r1 <<= 17
            r6 ^= r1
            {key}
            {body}
            r8 += r0
            r6 ^= r0
            r7 += -1
            if r7 != 0 goto again
            r0 = r8
            exit
            """;
        _program = ProgramTiming.Load(engine, text);
    }

    /// <summary>Medians of two loops' nanoseconds a round, that of an idle loop of the same engine subtracted; all four take turns.</summary>
    public static (double Ours, double Theirs) Compare(int batches, (ProgramLoop Busy, ProgramLoop Idle) ours, (ProgramLoop Busy, ProgramLoop Idle) theirs) =>
        ProgramTiming.Compare(batches, (ours.Busy.Run, ours.Idle.Run), (theirs.Busy.Run, theirs.Idle.Run));

    private double Run()
    {
        long start = Clock.ThreadNanoseconds();
        int result = _engine.TestRun(_program, new TestRunRequest { DataIn = new byte[64], Repeat = Repeats }, out TestRunResult run);
        double time = (Clock.ThreadNanoseconds() - start) / (double)(Times * Repeats);
        if (result < 0)
            throw new InvalidOperationException($"{(Errno)(-result)}");
        return run.ReturnValue == _expected ? time : throw new InvalidOperationException($"the program answered {run.ReturnValue}, not {_expected}");
    }
}
