using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.TestRuns;

/// <summary>How programs of a type are test-run: builds the context from the input, runs, reads the context back.</summary>
internal interface ITestRunKind
{
    /// <summary>Runs a program, or a hook's.</summary>
    /// <typeparam name="T">What runs.</typeparam>
    /// <param name="subject">What must be known of what runs.</param>
    /// <param name="runner">Runs it once.</param>
    /// <param name="input">What was given.</param>
    /// <param name="output">What came of it.</param>
    /// <returns>What <c>bpf_prog_test_run_*</c> answers for input that it refuses.</returns>
    Errno Run<T>(in TestRunSubject subject, T runner, TestRunInput input, out TestRunOutput output)
        where T : struct, ITestRunner;
}
