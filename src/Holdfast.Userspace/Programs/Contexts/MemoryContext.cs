using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>A context that is the caller's bytes: raw tracepoint arguments, what a syscall program gets.</summary>
public sealed class MemoryContext : HostContext
{
    private readonly bool _isReturned;

    /// <summary>Makes a context.</summary>
    /// <param name="type">Raw tracepoint or syscall; memory is there for all that such a program may ever access.</param>
    /// <param name="bytes">Its content.</param>
    public MemoryContext(ProgramType type, ReadOnlySpan<byte> bytes)
        : base(ProgramTypes.Find(type)!.Context, bytes.Length)
    {
        _isReturned = type == ProgramType.Syscall;
        bytes.CopyTo(Visible);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ContextOut => _isReturned ? Visible : [];
}
