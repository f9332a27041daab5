using Holdfast.Storage;
using Holdfast.Userspace.Hooks;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.TestRuns;

/// <summary>Runs what is attached to a hook: each run as the list is then.</summary>
/// <param name="hook">The hook.</param>
internal readonly struct HookRunner(HookInstance hook) : ITestRunner
{
    /// <inheritdoc/>
    public uint RunOnce(HostContext context) => hook.TryRun(context, out uint verdict, out StorageError? error) ? verdict : throw new HookRunException(error);
}
