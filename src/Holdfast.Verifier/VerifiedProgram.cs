using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier;

/// <summary>
/// A program that the verifier accepted. Only the verifier can make one (internal constructor), so running unverified code
/// does not compile.
/// </summary>
public sealed class VerifiedProgram
{
    internal VerifiedProgram(VerificationRequest request)
    {
        Request = request;
    }

    internal VerificationRequest Request { get; }

    /// <summary>The program's type.</summary>
    public ProgramTypeDefinition Type => Request.Type;

    /// <summary>Expected attach type.</summary>
    public AttachType AttachType => Request.AttachType;

    /// <summary>Program name, possibly empty.</summary>
    public string Name => Request.Name;

    /// <summary>The instructions as they were given.</summary>
    public ImmutableArray<Instruction> Instructions => Request.Instructions;

    /// <summary>
    /// The instructions to run, slot for slot. Differences to <see cref="Instructions"/>: loads of context fields that are
    /// pointers are 8-byte loads from the context's pointer slots (<see cref="ContextLayout"/>); <c>lddw</c> of a map
    /// (source 1) or map value (source 2) holds an index into <see cref="Maps"/> and, in its second slot, the offset;
    /// <c>lddw</c> of a function (source 4) holds an index into <see cref="Subprograms"/>.
    /// </summary>
    public required ImmutableArray<Instruction> Lowered { get; init; }

    /// <summary>What was proven of each slot.</summary>
    public required ImmutableArray<InstructionFacts> Facts { get; init; }

    /// <summary>The main program (index 0) and its subprograms, in order of slots.</summary>
    public required ImmutableArray<Subprogram> Subprograms { get; init; }

    /// <summary>The maps that the program names.</summary>
    public required ImmutableArray<MapDescription> Maps { get; init; }

    /// <summary>The program's own BTF.</summary>
    public BtfGraph? Btf => Request.Btf;

    /// <summary>line_info records, in order of slots.</summary>
    public ImmutableArray<LineInfo> Lines => Request.Lines;

    /// <summary>Whether a helper that can move packet data is called (directly or in a subprogram).</summary>
    public bool ChangesPacketData { get; init; }

    /// <summary>Whether <c>bpf_tail_call</c> is called.</summary>
    public bool HasTailCall { get; init; }

    /// <summary>Bytes of context up to the last one that any path accesses (<c>max_ctx_offset</c>); test runs without a packet must give as many.</summary>
    public int ContextReach { get; init; }

    /// <summary>Deepest eBPF stack over any chain of calls, in bytes.</summary>
    public int MaximumStackDepth { get; init; }
}
