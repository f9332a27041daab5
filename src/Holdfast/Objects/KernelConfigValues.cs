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
                throw Fail(symbol, "the kernel's configuration has no such value; give BpfLoadOptions.KernelConfig, or declare it __weak");
        }

        return value;
    }

    private static void Write(BtfGraph btf, ExternSpec symbol, string text, Span<byte> place)
    {
        BtfType type = btf.Resolve(symbol.TypeId);
        switch (type)
        {
            case BtfArray:
                string unquoted = text.Trim('"');
                byte[] bytes = Encoding.UTF8.GetBytes(unquoted);
                bytes.AsSpan(0, Math.Min(bytes.Length, place.Length - 1)).CopyTo(place);
                return;
            case BtfInt or BtfEnumeration when TryParse(type, text, out long number):
                Span<byte> wide = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(wide, number);
                if (place.Length > wide.Length || !Fits(number, place.Length))
                    break;
                wide[..place.Length].CopyTo(place);
                return;
        }

        throw Fail(symbol, $"its type can't hold {text}");
    }

    /// <summary>Answers y, n and m depend on the type: a letter for char, 0/1 for bool, 0/1/2 for <c>enum libbpf_tristate</c>.</summary>
    private static bool TryParse(BtfType type, string text, out long number)
    {
        if (text is "y" or "n" or "m")
        {
            bool isLetter = type is BtfInt { Size: 1 } integer && (integer.Encoding & BtfIntEncoding.Bool) == 0;
            number = isLetter ? text[0] : text switch { "y" => 1, "n" => 0, _ => 2 };
            return true;
        }

        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            bool isHex = ulong.TryParse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong unsigned);
            number = (long)unsigned;
            return isHex;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static bool Fits(long number, int size)
    {
        int bits = size * 8;
        return bits >= 64 || (number >= -(1L << (bits - 1)) && number < 1L << bits);
    }

    private static BpfException Fail(ExternSpec symbol, string message) =>
        new(Errno.ENOENT, $"extern '{symbol.Name}': {message} [{Errno.ENOENT}]");
}
