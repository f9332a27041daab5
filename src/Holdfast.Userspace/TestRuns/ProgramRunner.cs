using Holdfast.Execution;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.TestRuns;

/// <summary>Runs a program.</summary>
/// <param name="program">The program, ready to run.</param>
internal readonly struct ProgramRunner(ExecutableProgram program) : ITestRunner
{
    /// <inheritdoc/>
    public uint RunOnce(HostContext context) => context.RunOnce(program);
}
