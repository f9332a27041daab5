using System.Collections.Immutable;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier;

/// <summary>A program as BPF_PROG_LOAD gives it, everything copied into private memory, with the environment resolved.</summary>
public sealed record VerificationRequest
{
    /// <summary>The rules of the program's type: a shipped one from <see cref="ProgramTypes"/>, or a host's own.</summary>
    public required ProgramTypeDefinition Type { get; init; }

    /// <summary>The program's instructions, two slots for each <c>lddw</c>.</summary>
    public required ImmutableArray<Instruction> Instructions { get; init; }

    /// <summary>Expected attach type.</summary>
    public AttachType AttachType { get; init; }

    /// <summary>Load flags.</summary>
    public ProgramFlags Flags { get; init; }

    /// <summary>Program name, possibly empty.</summary>
    public string Name { get; init; } = "";

    /// <summary>Licence text; GPL-compatible licences may call GPL-only helpers.</summary>
    public string License { get; init; } = "";

    /// <summary>Finds the map behind a descriptor in an <c>lddw</c>; <see langword="null"/> if the descriptor is no map.</summary>
    public Func<int, MapDescription?> ResolveMap { get; init; } = static _ => null;

    /// <summary>The descriptor array of the load attribute (for <c>BPF_PSEUDO_MAP_IDX</c> and module kfuncs), or empty.</summary>
    public ImmutableArray<int> DescriptorArray { get; init; } = [];

    /// <summary>The program's own BTF.</summary>
    public BtfGraph? Btf { get; init; }

    /// <summary>func_info records, in order of slots.</summary>
    public ImmutableArray<FunctionInfo> Functions { get; init; } = [];

    /// <summary>line_info records, in order of slots.</summary>
    public ImmutableArray<LineInfo> Lines { get; init; } = [];

    /// <summary>The kernel's BTF, for kfuncs, typed contexts and attach targets.</summary>
    public BtfGraph? KernelBtf { get; init; }

    /// <summary>BTF type attached to (<c>attach_btf_id</c>), or 0.</summary>
    public uint AttachBtfId { get; init; }

    /// <summary>What changes acceptance.</summary>
    public VerifierPolicy Policy { get; init; } = VerifierPolicy.Default;

    /// <summary>What changes output.</summary>
    public VerifierLogOptions Log { get; init; } = VerifierLogOptions.None;
}
