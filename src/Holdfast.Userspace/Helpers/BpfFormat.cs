using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// The kernel's format language for programs (<c>bpf_bprintf_prepare</c>): <c>%d %i %u %x %X</c> with <c>l</c> and <c>ll</c>,
/// <c>%c</c>, <c>%s %ps %pks %pus</c>, <c>%p %px %pB %pS %pK</c> and IP addresses.
/// </summary>
internal static unsafe class BpfFormat
{
    /// <summary>Most arguments, <c>MAX_BPRINTF_VARARGS</c>.</summary>
    public const int MostArguments = 12;

    private const int TextBytes = 512;
    private const int PointerDigits = 16;

    /// <summary>Formats.</summary>
    /// <param name="buffer">Receives what fits.</param>
    /// <param name="format">The format; it ends at its zero byte.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>Length of the whole text, or a negated errno.</returns>
    public static int Write(Span<byte> buffer, ReadOnlySpan<byte> format, ReadOnlySpan<ulong> arguments)
    {
        int end = format.IndexOf((byte)0);
        if (end < 0)
        {
            return -(int)Errno.EINVAL;
        }

        format = format[..end];
        FormatWriter writer = new(buffer);
        int next = 0;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] is not ((>= 0x20 and < 0x7f) or (>= 9 and <= 13)))
            {
                return -(int)Errno.EINVAL;
            }

            if (format[i] != '%')
            {
                writer.Add(format[i]);
            }
            else if (At(format, i + 1) == '%')
            {
                writer.Add((byte)'%');
                i++;
            }
            else
            {
                i++;
                if (next >= arguments.Length || !TryConvert(ref writer, format, ref i, arguments[next++]))
                {
                    return -(int)Errno.EINVAL;
                }
            }
        }

        return writer.Length;
    }

    private static byte At(ReadOnlySpan<byte> format, int index) => index < format.Length ? format[index] : (byte)0;

    private static bool TryConvert(ref FormatWriter writer, ReadOnlySpan<byte> format, ref int position, ulong argument)
    {
        FormatSpecification specification = FormatSpecification.Read(format, ref position);
        switch (At(format, position))
        {
            case (byte)'p':
                return TryPointer(ref writer, format, ref position, argument, specification);
            case (byte)'s':
                return EndsConversion(At(format, position + 1)) && AddText(ref writer, argument, specification);
            case (byte)'c':
                writer.Add([(byte)argument], specification);
                return true;
            default:
                return TryNumber(ref writer, format, ref position, argument, specification);
        }
    }

    private static bool TryNumber(ref FormatWriter writer, ReadOnlySpan<byte> format, ref int position, ulong argument, FormatSpecification specification)
    {
        bool isLong = At(format, position) == 'l';
        position += isLong ? 1 : 0;
        position += isLong && At(format, position) == 'l' ? 1 : 0;
        byte conversion = At(format, position);
        specification.IsSigned = conversion is (byte)'d' or (byte)'i';
        specification.IsUpper = conversion == 'X';
        specification.Radix = conversion is (byte)'x' or (byte)'X' ? 16u : 10u;
        if (!specification.IsSigned && conversion is not ((byte)'u' or (byte)'x' or (byte)'X'))
        {
            return false;
        }

        long number = isLong ? (long)argument : (int)argument;
        bool negative = specification.IsSigned && number < 0;
        ulong magnitude = negative ? (ulong)-number : isLong ? argument : specification.IsSigned ? (ulong)number : (uint)argument;
        writer.Add(magnitude, negative, specification);
        return true;
    }

    private static bool TryPointer(ref FormatWriter writer, ReadOnlySpan<byte> format, ref int position, ulong argument, FormatSpecification specification)
    {
        byte kind = At(format, position + 1);
        if (EndsConversion(kind))
        {
            AddAddress(ref writer, argument, specification);
            return true;
        }

        if (kind is (byte)'k' or (byte)'u' && At(format, position + 2) == 's')
        {
            position += 2;
            return EndsConversion(At(format, position + 1)) && AddText(ref writer, argument, specification);
        }

        position++;
        switch (kind)
        {
            case (byte)'s' or (byte)'S' or (byte)'B':
                AddSymbol(ref writer, argument, specification);
                return true;
            case (byte)'K' or (byte)'x':
                AddAddress(ref writer, argument, specification);
                return true;
            case (byte)'i' or (byte)'I' when At(format, position + 1) is (byte)'4' or (byte)'6':
                position++;
                AddInternetAddress(ref writer, argument, format[position] == '6', kind == 'I', specification);
                return true;
            default:
                return false;
        }
    }

    private static void AddAddress(ref FormatWriter writer, ulong argument, FormatSpecification specification)
    {
        specification.Radix = 16;
        if (specification.Width == 0)
        {
            specification.Width = PointerDigits;
            specification.IsZeroPadded = true;
        }

        writer.Add(argument, negative: false, specification);
    }

    /// <summary>An address of no symbol, as the kernel spells it; a process has no kernel symbols.</summary>
    private static void AddSymbol(ref FormatWriter writer, ulong argument, FormatSpecification specification)
    {
        Span<byte> text = stackalloc byte[2 + PointerDigits];
        FormatWriter part = new(text);
        part.Add((byte)'0');
        part.Add((byte)'x');
        part.Add(argument, negative: false, new FormatSpecification { Radix = 16 });
        writer.Add(text[..part.Length], specification);
    }

    private static void AddInternetAddress(ref FormatWriter writer, ulong argument, bool isIpv6, bool isSpelled, FormatSpecification specification)
    {
        byte* address = stackalloc byte[16];
        if (!Execution.ProbedMemory.TryCopy(address, argument, isIpv6 ? 16u : 4u))
        {
            new Span<byte>(address, 16).Clear();
        }

        Span<byte> text = stackalloc byte[40];
        FormatWriter part = new(text);
        FormatSpecification digits = new() { Radix = isIpv6 ? 16u : 10u, Width = isIpv6 ? 2 : isSpelled ? 0 : 3, IsZeroPadded = true };
        for (int i = 0; i < (isIpv6 ? 16 : 4); i++)
        {
            if (i > 0 && (isIpv6 ? isSpelled && i % 2 == 0 : true))
            {
                part.Add((byte)(isIpv6 ? ':' : '.'));
            }

            part.Add(address[i], negative: false, digits);
        }

        writer.Add(text[..part.Length], specification);
    }

    private static bool AddText(ref FormatWriter writer, ulong argument, FormatSpecification specification)
    {
        Span<byte> text = stackalloc byte[TextBytes];
        int length = ProbeHelpers.CopyText(text, argument);
        writer.Add(length > 0 ? text[..(length - 1)] : [], specification);
        return true;
    }

    /// <summary>A string or pointer conversion ends at white space, punctuation or the end.</summary>
    private static bool EndsConversion(byte next) =>
        next == 0 || next is >= 9 and <= 13 || (next is >= 0x20 and < 0x7f && !char.IsAsciiLetterOrDigit((char)next));
}
