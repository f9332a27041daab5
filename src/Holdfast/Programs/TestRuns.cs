using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Test runs of programs and hooks.</summary>
internal static class TestRuns
{
    /// <summary>Runs what a descriptor stands for (BPF_PROG_TEST_RUN).</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="descriptor">A program's, or a hook's.</param>
    /// <param name="type">The program type.</param>
    /// <param name="what">What is attempted.</param>
    /// <param name="options">Packet, context, repetitions.</param>
    public static TestRunOutcome Run(IBpfEngine engine, int descriptor, ProgramType type, string what, TestRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        byte[] dataOut = new byte[options.DataOutCapacity ?? (options.Data.IsEmpty ? 0 : options.Data.Length + 256)];
        // A syscall program runs exactly once, asks for no count, and writes its context back in place (bpf_prog_test_run_syscall).
        bool isSystemCall = type == ProgramType.Syscall;
        byte[] contextOut = isSystemCall ? options.Context.ToArray() : new byte[options.Context.Length];
        int status = engine.TestRun(
            descriptor,
            new TestRunRequest
            {
                DataIn = options.Data.Span,
                DataOut = dataOut,
                ContextIn = isSystemCall ? contextOut : options.Context.Span,
                ContextOut = isSystemCall ? [] : contextOut,
                Repeat = isSystemCall && options.Repeat == 1 ? 0 : options.Repeat,
                Flags = options.Flags,
            },
            out TestRunResult result);
        Failure.Check(engine, status, what);
        return new(
            result.ReturnValue,
            dataOut[..(int)Math.Min(result.DataSize, (uint)dataOut.Length)],
            isSystemCall ? contextOut : contextOut[..(int)Math.Min(result.ContextSize, (uint)contextOut.Length)],
            TimeSpan.FromTicks(result.Duration / 100))
        {
            Nanoseconds = result.Duration,
        };
    }
}
