using Holdfast.Isa.Instructions;

namespace Holdfast.Btf.Relocation;

/// <summary>Writes the answers of relocations into instructions (libbpf: <c>bpf_core_patch_insn</c>).</summary>
public static class CoreInstructionPatcher
{
    /// <summary>Number of the helper that a poisoned instruction calls, 0xbad2310: there is none, so the verifier refuses it.</summary>
    public const int PoisonHelper = 195896080;

    private const byte CallOpcode = 0x85;
    private const byte SizeMask = 0x18;

    /// <summary>Patches the instruction that a relocation is for.</summary>
    /// <param name="instructions">Instructions of the program.</param>
    /// <param name="index">Slot of the instruction in <paramref name="instructions"/>.</param>
    /// <param name="relocation">The relocation; if unsatisfied, the instruction is replaced by a call that the verifier refuses.</param>
    /// <returns>Why the instruction can't be patched, or null; then nothing was changed.</returns>
    public static string? TryPatch(Span<Instruction> instructions, int index, CoreRelocation relocation)
    {
        if (relocation.Outcome == CoreOutcome.Failed)
        {
            return relocation.Reason;
        }

        if ((uint)index >= (uint)instructions.Length)
        {
            return $"there is no instruction {index}";
        }

        ref Instruction instruction = ref instructions[index];
        bool wide = instruction.IsLoadImmediate64;
        if (wide && index + 1 >= instructions.Length)
        {
            return $"instruction {index} lacks its second half";
        }

        if (relocation.Outcome == CoreOutcome.Unsatisfied)
        {
            Poison(instructions, index);
            return null;
        }

        return instruction.Class switch
        {
            InstructionClass.Alu or InstructionClass.Alu64 => PatchArithmetic(ref instruction, index, relocation),
            InstructionClass.Ldx or InstructionClass.St or InstructionClass.Stx => PatchMemory(instructions, index, relocation),
            InstructionClass.Ld when wide => PatchWide(instructions, index, relocation),
            _ => $"instruction {index} is of a class that can't be relocated",
        };
    }

    private static string? PatchArithmetic(ref Instruction instruction, int index, CoreRelocation relocation)
    {
        if (instruction.UsesSourceRegister)
        {
            return $"instruction {index} has no constant to relocate";
        }

        if (relocation.MustHoldLocalValue && (ulong)(long)instruction.Immediate != relocation.LocalValue)
        {
            return Unexpected(index, instruction.Immediate, relocation);
        }

        instruction = instruction with { Immediate = (int)relocation.TargetValue };
        return null;
    }

    private static string? PatchMemory(Span<Instruction> instructions, int index, CoreRelocation relocation)
    {
        ref Instruction instruction = ref instructions[index];
        if (relocation.MustHoldLocalValue && (ulong)(long)instruction.Offset != relocation.LocalValue)
        {
            return Unexpected(index, instruction.Offset, relocation);
        }

        if (relocation.TargetValue > (ulong)short.MaxValue)
        {
            return $"instruction {index} can't hold the offset {relocation.TargetValue}";
        }

        if (!relocation.SizeMayChange)
        {
            Poison(instructions, index);
            return null;
        }

        byte opcode = instruction.Opcode;
        if (relocation.LocalSize != relocation.TargetSize)
        {
            if (SizeOf(opcode) != relocation.LocalSize)
            {
                return $"instruction {index} moves {SizeOf(opcode)} bytes of a field of {relocation.LocalSize}";
            }

            if (SizeBits(relocation.TargetSize) is not { } bits)
            {
                return $"instruction {index} can't move the {relocation.TargetSize} bytes of the target's field";
            }

            opcode = (byte)((opcode & ~SizeMask) | bits);
        }

        instruction = instruction with { Opcode = opcode, Offset = (short)relocation.TargetValue };
        return null;
    }

    private static string? PatchWide(Span<Instruction> instructions, int index, CoreRelocation relocation)
    {
        ref Instruction low = ref instructions[index];
        ref Instruction high = ref instructions[index + 1];
        if (low.Source != 0 || low.Offset != 0 || high.Opcode != 0 || high.Registers != 0 || high.Offset != 0)
        {
            return $"instruction {index} is not a load of a plain constant";
        }

        ulong value = (uint)low.Immediate | ((ulong)(uint)high.Immediate << 32);
        if (relocation.MustHoldLocalValue && value != relocation.LocalValue)
        {
            return Unexpected(index, (long)value, relocation);
        }

        low = low with { Immediate = (int)relocation.TargetValue };
        high = high with { Immediate = (int)(relocation.TargetValue >> 32) };
        return null;
    }

    private static void Poison(Span<Instruction> instructions, int index)
    {
        var call = new Instruction(CallOpcode, 0, 0, 0, PoisonHelper);
        if (instructions[index].IsLoadImmediate64)
        {
            instructions[index + 1] = call;
        }

        instructions[index] = call;
    }

    private static uint SizeOf(byte opcode) => (opcode & SizeMask) switch
    {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => 8,
    };

    private static byte? SizeBits(uint size) => size switch
    {
        1 => 0x10,
        2 => 0x08,
        4 => 0x00,
        8 => 0x18,
        _ => null,
    };

    private static string Unexpected(int index, long value, CoreRelocation relocation) =>
        $"instruction {index} holds {value}, the relocation says {(long)relocation.LocalValue}";
}
