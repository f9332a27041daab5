using Holdfast.Btf;

namespace Holdfast;

/// <summary>How the userspace engine is opened.</summary>
public sealed record BpfOptions
{
    /// <summary>The store's directory; by default <c>HOLDFAST_STORE</c>, else the place for the calling user.</summary>
    public string? Store { get; init; }

    /// <summary>Whether a store that isn't there is created.</summary>
    public bool CreateStore { get; init; } = true;

    /// <summary>Run by the interpreter even where the JIT could (as <c>HOLDFAST_JIT=0</c> does).</summary>
    public bool UseInterpreter { get; init; }

    /// <summary>Types of the kernel that programs are verified against; by default those of the running kernel.</summary>
    public BtfGraph? KernelBtf { get; init; }

    /// <summary>Keep programs that are safe but can't run in a process, for their verdict.</summary>
    public bool AllowUnrunnablePrograms { get; init; }
}
