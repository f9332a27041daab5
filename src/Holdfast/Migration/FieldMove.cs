namespace Holdfast;

/// <summary>One number's way from an old layout to a new one, in bits from the value's start (little-endian, as BPF is here).</summary>
internal sealed record FieldMove(
    string Path, uint FromBit, uint FromBits, bool IsSigned, uint ToBit, uint ToBits, bool IsSignedAfter, IReadOnlyDictionary<long, long>? Numbers)
{
    private const int LargestNumber = 64;

    /// <summary>The same move of a further element of an array.</summary>
    public FieldMove Shift(uint from, uint to) => this with { FromBit = FromBit + from, ToBit = ToBit + to };

    /// <summary>Moves the number; false if it doesn't fit.</summary>
    public bool TryApply(ReadOnlySpan<byte> old, Span<byte> @new)
    {
        if (FromBits > LargestNumber || ToBits > LargestNumber)
        {
            // 128-bit integers, which no number of ours holds: the same width, or not at all.
            if (FromBits != ToBits)
                return false;
            old.Slice((int)FromBit / 8, (int)FromBits / 8).CopyTo(@new[((int)ToBit / 8)..]);
            return true;
        }

        ulong raw = Read(old);
        bool isNegative = IsSigned && (raw >> (int)(FromBits - 1)) != 0;
        long number = isNegative && FromBits < LargestNumber ? (long)(raw | (ulong.MaxValue << (int)FromBits)) : (long)raw;
        if (Numbers?.TryGetValue(number, out long renumbered) == true)
        {
            number = renumbered;
            isNegative = renumbered < 0;
        }

        if (!Fits(number, isNegative))
            return false;
        Write(@new, (ulong)number);
        return true;
    }

    private bool Fits(long number, bool isNegative)
    {
        if (isNegative && !IsSignedAfter)
            return false;
        int room = (int)(IsSignedAfter ? ToBits - 1 : ToBits);
        return isNegative ? room >= 63 || number >= -(1L << room) : room >= LargestNumber || (ulong)number >> room == 0;
    }

    private ulong Read(ReadOnlySpan<byte> bytes)
    {
        ulong result = 0;
        for (int bit = 0; bit < (int)FromBits; bit++)
        {
            int place = (int)FromBit + bit;
            result |= (ulong)((bytes[place / 8] >> (place % 8)) & 1) << bit;
        }

        return result;
    }

    private void Write(Span<byte> bytes, ulong value)
    {
        for (int bit = 0; bit < (int)ToBits; bit++)
        {
            int place = (int)ToBit + bit;
            byte mask = (byte)(1 << (place % 8));
            bytes[place / 8] = (value >> bit & 1) != 0 ? (byte)(bytes[place / 8] | mask) : (byte)(bytes[place / 8] & ~mask);
        }
    }
}
