using System.Globalization;
using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>Bytes and instructions as hexadecimal text.</summary>
public static class HexText
{
    /// <summary>Reads bytes: pairs of digits, with white space or nothing between them; a word may begin with <c>0x</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="bytes">The bytes, in the order of the text; empty on failure.</param>
    /// <returns>Whether every word is an even number of hexadecimal digits. A single digit counts as a byte (<c>0 1 ff</c>).</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out byte[] bytes)
    {
        List<byte> read = new(text.Length / 2);
        bytes = [];
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            int end = at;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (!TryReadWord(text[at..end], read))
            {
                return false;
            }

            at = end;
        }

        bytes = [.. read];
        return true;
    }

    /// <summary>Reads instructions from the hexadecimal text of their bytes.</summary>
    /// <param name="text">The text, as for <see cref="TryParse"/>.</param>
    /// <param name="program">The instructions; empty on failure.</param>
    /// <returns>Whether the text is a multiple of 8 bytes.</returns>
    public static bool TryParseProgram(ReadOnlySpan<char> text, out Instruction[] program)
    {
        program = [];
        return TryParse(text, out byte[] bytes) && InstructionStream.TryParse(bytes, out program);
    }

    /// <summary>Writes instructions, 8 bytes a line, spaces between bytes.</summary>
    /// <param name="program">The instructions.</param>
    /// <returns>Lines ended by <c>\n</c>.</returns>
    public static string Format(ReadOnlySpan<Instruction> program)
    {
        ReadOnlySpan<byte> bytes = InstructionStream.ToBytes(program);
        System.Text.StringBuilder text = new(bytes.Length * 3);
        for (int i = 0; i < bytes.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2}").Append(i % Instruction.Size == Instruction.Size - 1 ? '\n' : ' ');
        }

        return text.ToString();
    }

    private static bool TryReadWord(ReadOnlySpan<char> word, List<byte> bytes)
    {
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            word = word[2..];
        }

        if (word.Length == 0 || (word.Length % 2 != 0 && word.Length != 1))
        {
            return false;
        }

        for (int i = 0; i < word.Length; i += 2)
        {
            ReadOnlySpan<char> digits = word.Slice(i, Math.Min(2, word.Length - i));
            if (!byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                return false;
            }

            bytes.Add(value);
        }

        return true;
    }
}
