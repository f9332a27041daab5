using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Numbers in text, comparison (kernel/bpf/helpers.c).</summary>
internal static unsafe class TextHelpers
{
    private const ulong BaseMask = 0x1f;

    /// <summary>Longest text that is looked at behind the sign.</summary>
    private const int LongestNumber = 63;

    /// <summary><c>bpf_strtol(buf, len, flags, res)</c>: bytes consumed, or an error.</summary>
    public static ulong ParseSigned(RunContext context, ulong buffer, ulong length, ulong flags, ulong result, ulong r5)
    {
        // The verifier proved the text readable for its length and the result writable.
        long* number = (long*)result;
        *number = 0;
        long consumed = Parse(new ReadOnlySpan<byte>((void*)buffer, (int)(uint)length), flags, out ulong magnitude, out bool negative);
        if (consumed < 0)
        {
            return (ulong)consumed;
        }

        long value = negative ? -(long)magnitude : (long)magnitude;
        if (negative ? value > 0 : value < 0)
        {
            return HelperError.OutOfRange;
        }

        *number = value;
        return (ulong)consumed;
    }

    /// <summary><c>bpf_strtoul(buf, len, flags, res)</c></summary>
    public static ulong ParseUnsigned(RunContext context, ulong buffer, ulong length, ulong flags, ulong result, ulong r5)
    {
        ulong* number = (ulong*)result;
        *number = 0;
        long consumed = Parse(new ReadOnlySpan<byte>((void*)buffer, (int)(uint)length), flags, out ulong magnitude, out bool negative);
        if (consumed < 0 || negative)
        {
            return consumed < 0 ? (ulong)consumed : HelperError.InvalidArgument;
        }

        *number = magnitude;
        return (ulong)consumed;
    }

    /// <summary><c>bpf_strncmp(s1, s1_sz, s2)</c>: -1, 0 or 1.</summary>
    public static ulong Compare(RunContext context, ulong left, ulong size, ulong right, ulong r4, ulong r5)
    {
        // The verifier proved the first readable for its size and the second to end with a zero byte.
        byte* first = (byte*)left;
        byte* second = (byte*)right;
        for (uint i = 0; i < (uint)size; i++)
        {
            if (first[i] != second[i])
            {
                return first[i] < second[i] ? ulong.MaxValue : 1;
            }

            if (first[i] == 0)
            {
                break;
            }
        }

        return 0;
    }

    private static long Parse(ReadOnlySpan<byte> text, ulong flags, out ulong magnitude, out bool negative)
    {
        magnitude = 0;
        negative = false;
        uint radix = (uint)(flags & BaseMask);
        if ((flags & ~BaseMask) != 0 || radix is not (0 or 8 or 10 or 16) || text.IsEmpty)
        {
            return -(long)Errno.EINVAL;
        }

        int position = 0;
        while (position < text.Length && text[position] is (byte)' ' or (>= 9 and <= 13) or 0xa0)
        {
            position++;
        }

        negative = position < text.Length && text[position] == '-';
        position += negative ? 1 : 0;
        ReadOnlySpan<byte> digits = text[position..Math.Min(text.Length, position + LongestNumber)];
        int prefix = SkipPrefix(digits, ref radix);
        int count = ParseDigits(digits[prefix..], radix, out magnitude, out bool overflow);
        return overflow ? -(long)Errno.ERANGE
            : count == 0 ? -(long)Errno.EINVAL
            : position + prefix + count;
    }

    /// <summary>Finds the base where it is 0, and skips <c>0x</c> (<c>_parse_integer_fixup_radix</c>).</summary>
    private static int SkipPrefix(ReadOnlySpan<byte> digits, ref uint radix)
    {
        bool hex = digits.Length >= 2 && digits[0] == '0' && (digits[1] | 0x20) == 'x';
        if (radix == 0)
        {
            radix = hex && digits.Length >= 3 && char.IsAsciiHexDigit((char)digits[2]) ? 16u : digits.Length > 0 && digits[0] == '0' ? 8u : 10u;
        }

        return radix == 16 && hex ? 2 : 0;
    }

    private static int ParseDigits(ReadOnlySpan<byte> digits, uint radix, out ulong value, out bool overflow)
    {
        value = 0;
        overflow = false;
        int count = 0;
        foreach (byte letter in digits)
        {
            uint digit = letter is >= (byte)'0' and <= (byte)'9' ? letter - (uint)'0'
                : (letter | 0x20) is >= 'a' and <= 'f' ? (letter | 0x20u) - 'a' + 10
                : uint.MaxValue;
            if (digit >= radix)
            {
                break;
            }

            overflow |= value > (ulong.MaxValue - digit) / radix;
            value = (value * radix) + digit;
            count++;
        }

        return count;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.Strtol, &ParseSigned)
        .With(HelperId.Strtoul, &ParseUnsigned)
        .With(HelperId.Strncmp, &Compare);
}
