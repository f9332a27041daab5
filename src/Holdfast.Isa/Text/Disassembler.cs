using System.Globalization;
using System.Text;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>
/// Instructions → text. What isn't an instruction is written <c>invalid 0x…</c> with its 8 bytes as one little-endian number, so any
/// bytes can be written, and <see cref="Assembler"/> gives the same bytes back.
/// </summary>
public static class Disassembler
{
    /// <summary>Writes one instruction.</summary>
    /// <param name="program">The program.</param>
    /// <param name="index">Slot of the instruction.</param>
    /// <param name="style">How to write.</param>
    /// <param name="symbols">Names, or <see langword="null"/> for numbers.</param>
    /// <returns>One line, without its end.</returns>
    public static string Format(
        ReadOnlySpan<Instruction> program, int index, DisassemblyStyle style = DisassemblyStyle.Default, InstructionSymbols? symbols = null)
    {
        StringBuilder text = new();
        Append(text, program, index, style, symbols);
        return text.ToString();
    }

    /// <summary>How many slots the text of <see cref="Format"/> stands for.</summary>
    /// <param name="program">The program.</param>
    /// <param name="index">Slot of the instruction.</param>
    /// <returns>2 for a whole <c>lddw</c>, else 1.</returns>
    public static int SlotsAt(ReadOnlySpan<Instruction> program, int index) => FormAt(program, index)?.SlotCount ?? 1;

    /// <summary>Writes a whole program, a line an instruction.</summary>
    /// <param name="program">The program.</param>
    /// <param name="style">How to write.</param>
    /// <param name="symbols">Names, or <see langword="null"/> for numbers.</param>
    /// <param name="numbered">Whether lines begin with the slot's number and a colon, as bpftool's and the verifier's do.</param>
    /// <returns>The text, lines ended by <c>\n</c>.</returns>
    public static string Listing(
        ReadOnlySpan<Instruction> program, DisassemblyStyle style = DisassemblyStyle.Default, InstructionSymbols? symbols = null, bool numbered = false)
    {
        StringBuilder text = new();
        for (int index = 0; index < program.Length; index += SlotsAt(program, index))
        {
            if (numbered)
            {
                text.Append(CultureInfo.InvariantCulture, $"{index,4}: ");
            }

            Append(text, program, index, style, symbols);
            text.Append('\n');
        }

        return text.ToString();
    }

    private static InstructionForm? FormAt(ReadOnlySpan<Instruction> program, int index)
    {
        InstructionForm? form = Opcodes.Match(program[index]);
        bool lacksSecond = form?.SlotCount == 2 && (index + 1 == program.Length || !form.AllowsNext(program[index + 1]));
        return lacksSecond ? null : form;
    }

    private static void Append(
        StringBuilder text, ReadOnlySpan<Instruction> program, int index, DisassemblyStyle style, InstructionSymbols? symbols)
    {
        Instruction instruction = program[index];
        InstructionForm? form = FormAt(program, index);
        if (form is null)
        {
            byte[] bytes = InstructionStream.ToBytes([instruction]);
            text.Append(CultureInfo.InvariantCulture, $"invalid 0x{BitConverter.ToUInt64(bytes):x16}");
            return;
        }

        if (style == DisassemblyStyle.KernelLog)
        {
            text.Append(CultureInfo.InvariantCulture, $"({instruction.Opcode:x2}) ");
        }

        int nextImmediate = form.SlotCount == 2 ? program[index + 1].Immediate : 0;
        if (TryAppendNamed(text, form, instruction, nextImmediate, style, symbols))
        {
            return;
        }

        foreach (SyntaxPart part in SyntaxPattern.Of(SyntaxIn(form, style)).Parts)
        {
            if (part.Operand == OperandKind.None)
            {
                text.Append(part.Literal);
            }
            else
            {
                OperandPrinter.Append(text, part.Operand, instruction, nextImmediate, style);
            }
        }

        if (style != DisassemblyStyle.KernelLog)
        {
            AppendIgnoredFields(text, form, instruction, nextImmediate);
        }
    }

    private static string SyntaxIn(InstructionForm form, DisassemblyStyle style) => style switch
    {
        DisassemblyStyle.Mnemonic => form.Mnemonic,
        DisassemblyStyle.KernelLog => form.KernelSyntax ?? form.Syntax,
        _ => form.Syntax,
    };

    private static bool TryAppendNamed(
        StringBuilder text, InstructionForm form, Instruction instruction, int nextImmediate, DisassemblyStyle style, InstructionSymbols? symbols)
    {
        if (symbols is null || form.Kind is not (FormKind.CallKfunc or FormKind.LoadImmediate64))
        {
            return false;
        }

        if (form.Kind == FormKind.CallKfunc)
        {
            string? name = symbols.Kfunc(instruction.Immediate, instruction.Offset);
            if (name is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"call {name}#{instruction.Immediate}");
            }

            return name is not null;
        }

        string? constant = symbols.Constant(instruction.PseudoLoad, instruction.Immediate, nextImmediate);
        if (constant is not null)
        {
            bool mnemonic = style == DisassemblyStyle.Mnemonic;
            text.Append(mnemonic ? "lddw %r" : "r").Append(instruction.Destination).Append(mnemonic ? ", " : " = ").Append(constant);
        }

        return constant is not null;
    }

    /// <summary>Fields that mean nothing but may hold something; the kernel doesn't print them.</summary>
    private static void AppendIgnoredFields(StringBuilder text, InstructionForm form, Instruction instruction, int nextImmediate)
    {
        if (form.Offset.Use == FieldUse.Ignored && instruction.Offset != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" off={instruction.Offset}");
        }

        if (form.NextImmediate.Use == FieldUse.Ignored && nextImmediate != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $" next={nextImmediate}");
        }
    }
}
