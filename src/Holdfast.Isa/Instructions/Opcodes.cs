using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Isa.Instructions;

/// <summary>The opcode table, and decoding by it. Nothing here throws on any bytes.</summary>
public static class Opcodes
{
    /// <summary>Highest register that exists, the frame pointer r10.</summary>
    public const int LastRegister = 10;

    /// <summary>Every form, in the order of the table.</summary>
    public static ImmutableArray<InstructionForm> All { get; } = OpcodeTable.Build();

    private static readonly InstructionForm[][] ByOpcode = Index();

    /// <summary>The forms of one opcode.</summary>
    /// <param name="opcode">The opcode byte.</param>
    /// <returns>The forms; none for an unknown opcode.</returns>
    public static ReadOnlySpan<InstructionForm> Of(byte opcode) => ByOpcode[opcode];

    /// <summary>Finds the form of an instruction by its first slot, whether or not its registers exist.</summary>
    /// <param name="instruction">The slot.</param>
    /// <returns>The form; <see langword="null"/> if it is none.</returns>
    public static InstructionForm? Match(Instruction instruction)
    {
        foreach (InstructionForm form in ByOpcode[instruction.Opcode])
        {
            if (form.Matches(instruction))
            {
                return form;
            }
        }

        return null;
    }

    /// <summary>Decodes a slot.</summary>
    /// <param name="instruction">The slot; for a <c>lddw</c> the first of two, the second isn't looked at.</param>
    /// <param name="form">The form.</param>
    /// <returns>Whether the instruction is valid.</returns>
    public static bool TryDecode(in Instruction instruction, [NotNullWhen(true)] out InstructionForm? form)
    {
        form = Match(instruction);
        if (form is not null && !form.HasRegisters(instruction))
        {
            form = null;
        }

        return form is not null;
    }

    /// <summary>Decodes an instruction of a program, the second slot of a <c>lddw</c> included.</summary>
    /// <param name="program">The program.</param>
    /// <param name="index">Slot of the instruction.</param>
    /// <param name="form">The form.</param>
    /// <returns>Whether the instruction is valid; a second slot alone isn't.</returns>
    public static bool TryDecode(ReadOnlySpan<Instruction> program, int index, [NotNullWhen(true)] out InstructionForm? form)
    {
        if (!TryDecode(program[index], out form))
        {
            return false;
        }

        if (form.SlotCount == 2 && (index + 1 >= program.Length || !form.AllowsNext(program[index + 1])))
        {
            form = null;
        }

        return form is not null;
    }

    private static InstructionForm[][] Index()
    {
        ILookup<byte, InstructionForm> forms = All.ToLookup(form => form.Opcode);
        return [.. Enumerable.Range(0, 256).Select(opcode => forms[(byte)opcode].ToArray())];
    }
}
