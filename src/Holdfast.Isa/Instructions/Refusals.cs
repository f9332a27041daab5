using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Isa.Instructions;

/// <summary>What Linux 6.18's verifier says of an instruction that isn't one (kernel/bpf/verifier.c), word for word.</summary>
public static class Refusals
{
    /// <summary>Why an instruction is refused for its encoding alone.</summary>
    /// <param name="program">The program.</param>
    /// <param name="index">Slot of the instruction.</param>
    /// <returns>One line; <see langword="null"/> if Linux takes the encoding.</returns>
    public static string? Of(ReadOnlySpan<Instruction> program, int index)
    {
        Instruction instruction = program[index];
        ReadOnlySpan<InstructionForm> forms = Opcodes.Of(instruction.Opcode);

        // Loads are looked at in an earlier pass than opcodes, and by their mode (resolve_pseudo_ldimm64).
        bool isLoad = instruction.MemoryMode is MemoryMode.Mem or MemoryMode.MemSx;
        if (instruction.Class == InstructionClass.Ldx && (!isLoad || instruction.Immediate != 0))
        {
            return "BPF_LDX uses reserved fields";
        }

        if (forms.IsEmpty || !forms[0].AcceptedByLinux)
        {
            return string.Create(CultureInfo.InvariantCulture, $"unknown opcode {instruction.Opcode:x2}");
        }

        InstructionForm? form = Opcodes.Match(instruction);
        if (form is null)
        {
            return OfFields(instruction);
        }

        if (form.SlotCount == 2 && OfSecondSlot(program, index, form) is string second)
        {
            return second;
        }

        return form.HasRegisters(instruction) ? null : OfRegisters(instruction, form);
    }

    private static string OfRegisters(Instruction instruction, InstructionForm form)
    {
        bool source = form.Source.Use == FieldUse.Register && instruction.Source > Opcodes.LastRegister;
        return string.Create(CultureInfo.InvariantCulture, $"R{(source ? instruction.Source : instruction.Destination)} is invalid");
    }

    private static string? OfSecondSlot(ReadOnlySpan<Instruction> program, int index, InstructionForm form)
    {
        if (index + 1 >= program.Length || program[index + 1] is not { Opcode: 0, Registers: 0, Offset: 0 })
        {
            return "invalid bpf_ld_imm64 insn";
        }

        return form.AllowsNext(program[index + 1]) ? null : "unrecognized bpf_ld_imm64 insn";
    }

    private static string OfFields(Instruction instruction) => instruction.Class switch
    {
        InstructionClass.Ld when instruction.IsLoadImmediate64 => instruction.Source > (int)PseudoLoad.MapIndexValue
            ? "unrecognized bpf_ld_imm64 insn"
            : "BPF_LD_IMM64 uses reserved fields",
        InstructionClass.Ld => "BPF_LD_[ABS|IND] uses reserved fields",
        InstructionClass.Ldx => throw new UnreachableException("loads without reserved fields match a form, or have no opcode"),
        InstructionClass.St => "BPF_ST uses reserved fields",
        InstructionClass.Stx => instruction.IsAtomic ? OfAtomic(instruction) : "BPF_STX uses reserved fields",
        InstructionClass.Alu or InstructionClass.Alu64 => OfArithmetic(instruction),
        _ => OfJump(instruction),
    };

    private static string OfAtomic(Instruction instruction)
    {
        bool known = Enum.IsDefined(instruction.AtomicOperation);
        return known
            ? "invalid atomic operand size"
            : string.Create(CultureInfo.InvariantCulture, $"BPF_ATOMIC uses invalid atomic opcode {instruction.Immediate:x2}");
    }

    private static string OfArithmetic(Instruction instruction) => instruction.AluOperation switch
    {
        AluOperation.Neg => "BPF_NEG uses reserved fields",
        AluOperation.End => "BPF_END uses reserved fields",
        AluOperation.Mov when instruction.IsAddressSpaceCast => "addr_space_cast insn can only convert between address space 1 and 0",
        AluOperation.Mov => "BPF_MOV uses reserved fields",
        _ => "BPF_ALU uses reserved fields",
    };

    private static string OfJump(Instruction instruction) => instruction.JumpOperation switch
    {
        JumpOperation.Call => "BPF_CALL uses reserved fields",
        JumpOperation.Exit => "BPF_EXIT uses reserved fields",
        JumpOperation.Ja => "BPF_JA uses reserved fields",
        JumpOperation.Jcond => string.Create(CultureInfo.InvariantCulture, $"invalid may_goto imm {instruction.Immediate}"),
        _ when instruction.Destination > Opcodes.LastRegister =>
            string.Create(CultureInfo.InvariantCulture, $"R{instruction.Destination} is invalid"),
        _ => "BPF_JMP/JMP32 uses reserved fields",
    };
}
