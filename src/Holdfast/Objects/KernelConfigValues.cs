using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Fills the value of a <c>.kconfig</c> map.</summary>
internal static class KernelConfigValues
{
    /// <summary>The bytes of the map's one value.</summary>
    /// <exception cref="BpfException">A symbol that is not weak has no value, or one that its type can't hold.</exception>
    public static byte[] Build(BpfObjectSpec spec, MapSpec map, KernelEnvironment kernel)
    {
        byte[] value = new byte[map.ValueSize];
        foreach (ExternSpec symbol in spec.Externs.Where(symbol => symbol.Kind == ExternKind.KernelConfig))
        {
            Span<byte> place = value.AsSpan((int)symbol.Offset, (int)symbol.Size);
            if (kernel.ConfigOf(symbol.Name) is { } text)
                Write(spec.Btf!, symbol, text, place);
            else if (!symbol.IsWeak)
                throw Fail(symbol, kernel.ConfigRemedy, Errno.ENOENT);
        }

        return value;
    }

    private static void Write(BtfGraph btf, ExternSpec symbol, string text, Span<byte> place)
    {
        BtfType type = btf.Resolve(symbol.TypeId);
        if (type is BtfArray)
        {
            WriteText(symbol, text, place);
            return;
        }

        bool isSigned = type is BtfInt { IsSigned: true } or BtfEnumeration { IsSigned: true };
        if (text is "y" or "n" or "m" ? !TryAnswer(type, text, out long number) : type is BtfEnumeration || IsBool(type) || !TryParse(text, out number))
            throw Fail(symbol, $"it is {text}, which its type can't hold: y and n are for bool, m too for enum libbpf_tristate and char, numbers for integers, texts for char[]");
        if (!Fits(number, place.Length, isSigned))
            throw Fail(symbol, $"it is {text}, which is more than its type of {place.Length} bytes can hold");
        Span<byte> wide = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(wide, number);
        wide[..place.Length].CopyTo(place);
    }

    /// <summary>Cut where the array ends, with a zero last.</summary>
    private static void WriteText(ExternSpec symbol, string text, Span<byte> place)
    {
        if (text is not ['"', .., '"'])
            throw Fail(symbol, $"it is {text}, no text, as its type char[] wants");
        byte[] bytes = Encoding.UTF8.GetBytes(text[1..^1]);
        bytes.AsSpan(0, Math.Min(bytes.Length, place.Length - 1)).CopyTo(place);
    }

    /// <summary>What y, n and m mean depends on the type: a letter for char, 0/1 for bool, 0/1/2 for <c>enum libbpf_tristate</c>.</summary>
    private static bool TryAnswer(BtfType type, string text, out long number)
    {
        bool isLetter = type is BtfInt { Size: 1 } && !IsBool(type);
        number = isLetter ? text[0] : text switch { "y" => 1, "n" => 0, _ => 2 };
        return isLetter || type is BtfEnumeration || (IsBool(type) && text != "m");
    }

    private static bool TryParse(string text, out long number)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            bool isHex = ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong unsigned);
            number = (long)unsigned;
            return isHex;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsBool(BtfType type) => type is BtfInt integer && (integer.Encoding & BtfIntEncoding.Bool) != 0;

    private static bool Fits(long number, int size, bool isSigned)
    {
        int bits = size * 8;
        if (bits >= 64)
            return true;
        return isSigned ? number >= -(1L << (bits - 1)) && number < 1L << (bits - 1) : number >= 0 && number < 1L << bits;
    }

    private static BpfException Fail(ExternSpec symbol, string message, Errno errno = Errno.EINVAL) =>
        new(errno, $"extern '{symbol.Name}': {message} [{errno}]");
}
