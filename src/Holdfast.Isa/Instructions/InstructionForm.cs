namespace Holdfast.Isa.Instructions;

/// <summary>
/// One row of the opcode table: an opcode, what tells it from others of the same opcode, what each field holds, and how it is written.
/// Everything that knows instructions reads these rows: decoder, printer, assembler, documentation.
/// </summary>
public sealed record InstructionForm
{
    /// <summary>The opcode byte.</summary>
    public required byte Opcode { get; init; }

    /// <summary>Family.</summary>
    public required FormKind Kind { get; init; }

    /// <summary>Destination register field.</summary>
    public FieldRule Destination { get; init; }

    /// <summary>Source register field.</summary>
    public FieldRule Source { get; init; }

    /// <summary>Offset field.</summary>
    public FieldRule Offset { get; init; }

    /// <summary>Immediate field.</summary>
    public FieldRule Immediate { get; init; }

    /// <summary>Immediate field of the second slot, for <see cref="FormKind.LoadImmediate64"/>; the slot's other fields are zero.</summary>
    public FieldRule NextImmediate { get; init; }

    /// <summary>How it is written by LLVM.</summary>
    public required string Syntax { get; init; }

    /// <summary>How the kernel's verifier log writes it, where that differs by more than <see cref="Syntax"/>'s operands do.</summary>
    public string? KernelSyntax { get; init; }

    /// <summary>How it is written with mnemonics, as uBPF's assembler and the public conformance suite do.</summary>
    public required string Mnemonic { get; init; }

    /// <summary>Other spellings that the assembler reads.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Where it is specified: a section of RFC 9669, or the Linux version that brought it.</summary>
    public required string Citation { get; init; }

    /// <summary>Whether Linux 6.18 takes it from a program; only <see cref="FormKind.CallRegister"/> isn't.</summary>
    public bool AcceptedByLinux => Kind != FormKind.CallRegister;

    /// <summary>How many slots it takes.</summary>
    public int SlotCount => Kind == FormKind.LoadImmediate64 ? 2 : 1;

    /// <summary>Whether an instruction is of this form, register numbers that don't exist included.</summary>
    /// <param name="instruction">The (first) slot.</param>
    /// <returns>Whether it is.</returns>
    public bool Matches(Instruction instruction) =>
        instruction.Opcode == Opcode
        && Destination.Allows(instruction.Destination)
        && Source.Allows(instruction.Source)
        && Offset.Allows(instruction.Offset)
        && Immediate.Allows(instruction.Immediate);

    /// <summary>Whether the registers that the instruction names exist (r0–r10).</summary>
    /// <param name="instruction">An instruction of this form.</param>
    /// <returns>Whether they do.</returns>
    public bool HasRegisters(Instruction instruction) =>
        (Destination.Use != FieldUse.Register || instruction.Destination <= Opcodes.LastRegister)
        && (Source.Use != FieldUse.Register || instruction.Source <= Opcodes.LastRegister);

    /// <summary>Whether a slot can be this form's second.</summary>
    /// <param name="next">The slot after an instruction of this form.</param>
    /// <returns>Whether it fits.</returns>
    public bool AllowsNext(Instruction next) =>
        next is { Opcode: 0, Registers: 0, Offset: 0 } && NextImmediate.Allows(next.Immediate);
}
