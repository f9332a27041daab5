using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Hooks;

/// <summary>A hook as a host runs it: any number of threads at once, each on a context of its own.</summary>
public sealed class HookHost : IDisposable
{
    private readonly HookInstance _hook;
    private int _isDisposed;

    internal HookHost(HookInstance hook) => _hook = hook;

    /// <summary>The type of the hook's programs.</summary>
    public ProgramType ProgramType => _hook.ProgramType;

    /// <summary>The attach type of its links.</summary>
    public AttachType AttachType => _hook.AttachType;

    /// <summary>Runs what is attached now on a context. Allocates nothing unless the hook's list has changed.</summary>
    /// <param name="context">The context, of the hook's program type: it is the host that vouches for it.</param>
    /// <param name="verdict">What the programs decided together.</param>
    /// <param name="error">Why they could not be made ready to run; then none ran.</param>
    /// <returns>Whether they ran.</returns>
    public bool TryRun(HostContext context, out uint verdict, out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(context);
        return _hook.TryRun(context, out verdict, out error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            _hook.RemoveUser();
    }
}
