using System.Globalization;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>Writes one operand in one style.</summary>
internal static class OperandPrinter
{
    public static void Append(StringBuilder text, OperandKind operand, Instruction instruction, int nextImmediate, DisassemblyStyle style)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        string register = style == DisassemblyStyle.Mnemonic ? "%r" : "r";
        switch (operand)
        {
            case OperandKind.Destination64 or OperandKind.Destination:
                text.Append(register).Append(instruction.Destination);
                break;
            case OperandKind.Destination32:
                text.Append('w').Append(instruction.Destination);
                break;
            case OperandKind.Source64 or OperandKind.Source:
                text.Append(register).Append(instruction.Source);
                break;
            case OperandKind.Source32:
                text.Append('w').Append(instruction.Source);
                break;
            case OperandKind.JumpImmediate when style == DisassemblyStyle.KernelLog:
                text.Append(invariant, $"0x{instruction.Immediate:x}");
                break;
            case OperandKind.Immediate or OperandKind.JumpImmediate:
                text.Append(invariant, $"{instruction.Immediate}");
                break;
            case OperandKind.Immediate64:
                text.Append(invariant, $"0x{((ulong)(uint)nextImmediate << 32) | (uint)instruction.Immediate:x}");
                break;
            case OperandKind.NextImmediate:
                text.Append(invariant, $"{(uint)nextImmediate}");
                break;
            case OperandKind.OffsetField:
                text.Append(invariant, $"{instruction.Offset}");
                break;
            case OperandKind.DestinationMemory:
                AppendMemory(text, register, instruction.Destination, instruction.Offset, style);
                break;
            case OperandKind.SourceMemory:
                AppendMemory(text, register, instruction.Source, instruction.Offset, style);
                break;
            case OperandKind.JumpOffset:
                AppendDistance(text, instruction.Offset, style == DisassemblyStyle.KernelLog);
                break;
            case OperandKind.JumpDistance:
                AppendDistance(text, instruction.Immediate, style == DisassemblyStyle.KernelLog && !instruction.IsLoadImmediate64);
                break;
            case OperandKind.CallDistance:
                AppendDistance(text, instruction.Immediate, pc: true);
                break;
            case OperandKind.Helper:
                text.Append(invariant, $"{HelperNames.Of((HelperId)(uint)instruction.Immediate)}#{instruction.Immediate}");
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"operand {operand} is for reading only");
        }
    }

    private static void AppendMemory(StringBuilder text, string register, int number, int offset, DisassemblyStyle style)
    {
        char sign = offset < 0 ? '-' : '+';
        int distance = Math.Abs(offset);
        text.Append(register).Append(number);
        _ = style switch
        {
            DisassemblyStyle.Default => text.Append(' ').Append(sign).Append(' ').Append(distance),
            DisassemblyStyle.KernelLog => text.Append(' ').Append(sign).Append(distance),
            _ => offset == 0 ? text : text.Append(sign).Append(distance),
        };
    }

    private static void AppendDistance(StringBuilder text, int distance, bool pc) =>
        text.Append(pc ? "pc" : "").Append(CultureInfo.InvariantCulture, $"{distance:+0;-0;+0}");
}
