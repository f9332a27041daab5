using System.Globalization;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Formatting;

/// <summary>Keys and values without BTF: hex, or a little-endian number with its width (<c>u32:123</c>, <c>i64:-1</c>).</summary>
internal static class RawBytes
{
    /// <summary>Reads exactly so many bytes.</summary>
    public static byte[] Parse(string text, int size, string name)
    {
        byte[] bytes = text.Contains(':', StringComparison.Ordinal) && !text.StartsWith("hex:", StringComparison.Ordinal)
            ? Number(text, name)
            : Hex(text.StartsWith("hex:", StringComparison.Ordinal) ? text[4..] : text, name);
        return bytes.Length == size ? bytes : throw new CliException($"{name} has {size} bytes, '{text}' gives {bytes.Length}");
    }

    private static byte[] Hex(string text, string name) => HexText.TryParse(text, out byte[] bytes)
        ? bytes
        : throw new CliException($"{name}: '{text}' is neither hex (7b000000) nor a number with its width (u32:123)");

    private static byte[] Number(string text, string name)
    {
        string[] parts = text.Split(':', 2);
        int width = parts[0] switch
        {
            "u8" or "i8" => 1,
            "u16" or "i16" => 2,
            "u32" or "i32" => 4,
            "u64" or "i64" => 8,
            _ => throw new CliException($"{name}: '{parts[0]}' is no width; there are u8 to u64 and i8 to i64"),
        };
        bool signed = parts[0][0] == 'i';
        Int128 least = signed ? -(Int128.One << ((width * 8) - 1)) : 0;
        Int128 most = (Int128.One << ((width * 8) - (signed ? 1 : 0))) - 1;
        bool isHex = parts[1].StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        string digits = isHex ? "0" + parts[1][2..] : parts[1];
        if (!Int128.TryParse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value)
            || value < least || value > most)
            throw new CliException($"{name}: '{parts[1]}' is no {parts[0]}");
        return BitConverter.GetBytes((ulong)(value & ulong.MaxValue))[..width];
    }
}
