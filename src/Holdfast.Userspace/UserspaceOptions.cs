using Holdfast.Btf;
using Holdfast.Execution;

namespace Holdfast.Userspace;

/// <summary>How a userspace engine is opened.</summary>
public sealed record UserspaceOptions
{
    /// <summary>The store's directory; by default <c>HOLDFAST_STORE</c>, else the place for the calling user.</summary>
    public string? Store { get; init; }

    /// <summary>Whether a store that isn't there is created.</summary>
    public bool CreateStore { get; init; } = true;

    /// <summary>Interpreter or JIT; by default the JIT where it can run and <c>HOLDFAST_JIT</c> isn't 0.</summary>
    public IExecutionEngine Execution { get; init; } = ExecutionEngine.Default;

    /// <summary>Types of the kernel that programs are verified against; by default those of the running kernel, read at first need.</summary>
    public BtfGraph? KernelBtf { get; init; }

    /// <summary>
    /// Keep programs that are safe but can't run here because they call a helper without a meaning in a process. For verdicts alone;
    /// otherwise such a program is refused at load.
    /// </summary>
    public bool AllowUnrunnablePrograms { get; init; }

    /// <summary>Verify as the kernel does for an unprivileged loader.</summary>
    public bool Unprivileged { get; init; }
}
