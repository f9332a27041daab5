using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.TestRuns;

/// <summary>How programs of a type are test-run: builds the context from the input, runs, reads the context back.</summary>
internal interface ITestRunKind
{
    /// <summary>Runs a program.</summary>
    /// <param name="program">The program, ready to run.</param>
    /// <param name="input">What was given.</param>
    /// <param name="output">What came of it.</param>
    /// <returns>What <c>bpf_prog_test_run_*</c> answers for input that it refuses.</returns>
    Errno Run(ExecutableProgram program, TestRunInput input, out TestRunOutput output);
}
