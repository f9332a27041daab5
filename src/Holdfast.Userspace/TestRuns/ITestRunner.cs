using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.TestRuns;

/// <summary>What a test run runs. A structure, so that each kind of run has code of its own, without a call between.</summary>
internal interface ITestRunner
{
    /// <summary>Runs once.</summary>
    /// <param name="context">The context.</param>
    /// <returns>The return value.</returns>
    uint RunOnce(HostContext context);
}
