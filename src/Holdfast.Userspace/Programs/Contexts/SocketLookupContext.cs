using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>A lookup for sk_lookup programs; no socket can be assigned, as there are none.</summary>
public sealed class SocketLookupContext : HostContext
{
    internal const int Bytes = 72;
    /// <summary>Makes a context.</summary>
    /// <param name="lookup"><c>struct bpf_sk_lookup</c>, checked.</param>
    public SocketLookupContext(ReadOnlySpan<byte> lookup)
        : base(ProgramTypes.Find(ProgramType.SkLookup)!.Context, Bytes)
    {
        lookup.CopyTo(Visible);
        Word(8) = (ushort)Word(8);
        Word(12) = (ushort)Word(12);
        Word(36) = (ushort)Word(36);
    }

    /// <inheritdoc/>
    public override uint RunOnce(ExecutableProgram program) => base.RunOnce(program) == 1 ? 1u : 0u;
}
