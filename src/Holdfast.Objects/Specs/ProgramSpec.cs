using System.Collections.Immutable;
using Holdfast.Btf.Extension;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Objects;

/// <summary>
/// A program as its object defines it, with the functions that it calls appended; what it refers to outside is still to be
/// filled in. Use <c>with</c> to change it before loading.
/// </summary>
public sealed record ProgramSpec
{
    /// <summary>Name of the function.</summary>
    public required string Name { get; init; }

    /// <summary>Section that it was found in, which says what it is.</summary>
    public required string SectionName { get; init; }

    /// <summary>Type; <see cref="ProgramType.Unspec"/> if the section's name says none.</summary>
    public ProgramType Type { get; init; }

    /// <summary>Attach type that it is loaded for.</summary>
    public AttachType ExpectedAttachType { get; init; }

    /// <summary>Whether engines that don't know attach types may be given none.</summary>
    public bool IsAttachTypeOptional { get; init; }

    /// <summary>What it is to be attached to, such as the function of a kprobe; null if the section names none.</summary>
    public string? AttachTarget { get; init; }

    /// <summary>What its attach BTF id names.</summary>
    public AttachBtfKind AttachBtf { get; init; }

    /// <summary>Flags of BPF_PROG_LOAD.</summary>
    public ProgramFlags Flags { get; init; }

    /// <summary>Whether it is loaded unless left out; not if its section's name starts with a question mark.</summary>
    public bool Autoload { get; init; } = true;

    /// <summary>The program's slots, functions appended in the order of their first call; calls are resolved.</summary>
    public ImmutableArray<Instruction> Instructions { get; init; } = [];

    /// <summary>Slots to fill in at load.</summary>
    public ImmutableArray<InstructionReference> References { get; init; } = [];

    /// <summary>Functions; offsets are slots of <see cref="Instructions"/>.</summary>
    public ImmutableArray<BtfFunctionInfo> Functions { get; init; } = [];

    /// <summary>Source lines; offsets are slots of <see cref="Instructions"/>.</summary>
    public ImmutableArray<BtfLineInfo> Lines { get; init; } = [];

    /// <summary>CO-RE relocations; offsets are slots of <see cref="Instructions"/>.</summary>
    public ImmutableArray<CoreRelocationRecord> CoreRelocations { get; init; } = [];

    /// <summary>Whether it may sleep.</summary>
    public bool IsSleepable => (Flags & ProgramFlags.Sleepable) != 0;
}
