using System.Numerics;

namespace Holdfast.Verifier.Domains;

/// <summary>
/// A tristate number: what is known of a 64-bit word, bit by bit. A bit that is set in <paramref name="Mask"/> is unknown (and clear in
/// <paramref name="Value"/>); every other bit is that of <paramref name="Value"/>.
/// </summary>
/// <param name="Value">The known bits; clear wherever <paramref name="Mask"/> is set.</param>
/// <param name="Mask">The unknown bits.</param>
public readonly record struct Tnum(ulong Value, ulong Mask)
{
    /// <summary>Nothing is known.</summary>
    public static Tnum Unknown => new(0, ulong.MaxValue);

    /// <summary>Exactly one value.</summary>
    public bool IsConst => Mask == 0;

    /// <summary>Nothing is known.</summary>
    public bool IsUnknown => Mask == ulong.MaxValue;

    /// <summary>The smallest member, unsigned.</summary>
    public ulong Minimum => Value;

    /// <summary>The largest member, unsigned.</summary>
    public ulong Maximum => Value | Mask;

    /// <summary>The low half, the high half being zero.</summary>
    public Tnum Low32 => Cast(4);

    /// <summary>The high half in its place, the low half being zero.</summary>
    public Tnum High32 => new(Value & 0xffffffff_00000000, Mask & 0xffffffff_00000000);

    /// <summary>The one member <paramref name="value"/>.</summary>
    /// <param name="value">The value.</param>
    public static Tnum Const(ulong value) => new(value, 0);

    /// <summary>The smallest tristate number that has all of <paramref name="min"/> to <paramref name="max"/>: their common prefix.</summary>
    /// <param name="min">The smallest member.</param>
    /// <param name="max">The largest member.</param>
    public static Tnum Range(ulong min, ulong max)
    {
        int bits = 64 - BitOperations.LeadingZeroCount(min ^ max);
        ulong unknown = bits == 64 ? ulong.MaxValue : (1UL << bits) - 1;
        return new(min & ~unknown, unknown);
    }

    /// <summary>Is <paramref name="value"/> a member?</summary>
    /// <param name="value">The value.</param>
    public bool Contains(ulong value) => ((value ^ Value) & ~Mask) == 0;

    /// <summary>Is every member of <paramref name="other"/> one of this?</summary>
    /// <param name="other">The supposed subset.</param>
    public bool Contains(Tnum other) => (other.Mask & ~Mask) == 0 && (other.Value & ~Mask) == Value;

    /// <summary>Have the two a common member?</summary>
    /// <param name="other">The other.</param>
    public bool Overlaps(Tnum other) => ((Value ^ other.Value) & ~(Mask | other.Mask)) == 0;

    /// <summary>Is every member a multiple of <paramref name="size"/>, a power of two?</summary>
    /// <param name="size">The alignment in bytes; 0 and 1 are always met.</param>
    public bool IsAligned(ulong size) => size == 0 || ((Value | Mask) & (size - 1)) == 0;

    /// <summary>What both know. The two must overlap, or the result means nothing.</summary>
    /// <param name="other">The other.</param>
    public Tnum Intersect(Tnum other)
    {
        ulong mask = Mask & other.Mask;
        return new((Value | other.Value) & ~mask, mask);
    }

    /// <summary>The smallest that holds both.</summary>
    /// <param name="other">The other.</param>
    public Tnum Union(Tnum other)
    {
        ulong mask = Mask | other.Mask | (Value ^ other.Value);
        return new(Value & ~mask, mask);
    }

    /// <summary>The high half of this with the low half of <paramref name="low"/>.</summary>
    /// <param name="low">Gives the low half.</param>
    public Tnum WithLow32(Tnum low) => High32.Or(low.Low32);

    /// <summary>Truncates to <paramref name="bytes"/> and zero-extends.</summary>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public Tnum Cast(int bytes)
    {
        if (bytes >= 8)
            return this;
        ulong kept = (1UL << (bytes * 8)) - 1;
        return new(Value & kept, Mask & kept);
    }

    /// <summary>Truncates to <paramref name="bytes"/> and sign-extends.</summary>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public Tnum SignExtend(int bytes)
    {
        int dropped = 64 - (bytes * 8);
        return new((ulong)((long)(Value << dropped) >> dropped), (ulong)((long)(Mask << dropped) >> dropped));
    }

    /// <summary>Sum. A bit is unknown if an operand's is, or if the carry into it differs between the largest and the smallest sum.</summary>
    /// <param name="other">The addend.</param>
    public Tnum Add(Tnum other)
    {
        ulong least = Value + other.Value;
        ulong most = least + Mask + other.Mask;
        ulong mask = (least ^ most) | Mask | other.Mask;
        return new(least & ~mask, mask);
    }

    /// <summary>Difference.</summary>
    /// <param name="other">The subtrahend.</param>
    public Tnum Subtract(Tnum other)
    {
        ulong middle = Value - other.Value;
        ulong mask = ((middle + Mask) ^ (middle - other.Mask)) | Mask | other.Mask;
        return new(middle & ~mask, mask);
    }

    /// <summary>Zero minus this.</summary>
    public Tnum Negate() => Const(0).Subtract(this);

    /// <summary>Bitwise and.</summary>
    /// <param name="other">The other.</param>
    public Tnum And(Tnum other)
    {
        ulong ones = Value & other.Value;
        return new(ones, Maximum & other.Maximum & ~ones);
    }

    /// <summary>Bitwise or.</summary>
    /// <param name="other">The other.</param>
    public Tnum Or(Tnum other)
    {
        ulong ones = Value | other.Value;
        return new(ones, (Mask | other.Mask) & ~ones);
    }

    /// <summary>Bitwise exclusive or.</summary>
    /// <param name="other">The other.</param>
    public Tnum Xor(Tnum other)
    {
        ulong mask = Mask | other.Mask;
        return new((Value ^ other.Value) & ~mask, mask);
    }

    /// <summary>
    /// Product, by long multiplication: a known one adds the shifted multiplicand, an unknown bit may or may not, so that both sums are
    /// joined (the algorithm of Linux 6.18).
    /// </summary>
    /// <param name="other">The other factor.</param>
    public Tnum Multiply(Tnum other)
    {
        Tnum sum = Const(0);
        Tnum addend = other;
        for (Tnum rest = this; rest.Maximum != 0; rest = rest.ShiftRight(1), addend = addend.ShiftLeft(1))
        {
            if ((rest.Value & 1) != 0)
                sum = sum.Add(addend);
            else if ((rest.Mask & 1) != 0)
                sum = sum.Union(sum.Add(addend));
        }

        return sum;
    }

    /// <summary>Shift left.</summary>
    /// <param name="count">0 to 63.</param>
    public Tnum ShiftLeft(int count) => new(Value << count, Mask << count);

    /// <summary>Logical shift right.</summary>
    /// <param name="count">0 to 63.</param>
    public Tnum ShiftRight(int count) => new(Value >> count, Mask >> count);

    /// <summary>Arithmetic shift right of a word of <paramref name="bits"/> bits; the result of a 32-bit shift is zero-extended.</summary>
    /// <param name="count">0 to 63, or to 31.</param>
    /// <param name="bits">64 or 32.</param>
    public Tnum ArithmeticShiftRight(int count, int bits = 64) => bits == 32
        ? new((uint)((int)Value >> count), (uint)((int)Mask >> count))
        : new((ulong)((long)Value >> count), (ulong)((long)Mask >> count));

    /// <summary>Reverses the low <paramref name="bytes"/> bytes, the rest being zero.</summary>
    /// <param name="bytes">2, 4 or 8.</param>
    public Tnum ReverseBytes(int bytes)
    {
        int dropped = 64 - (bytes * 8);
        return new(
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Value << dropped),
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Mask << dropped));
    }

    /// <summary>The members as the kernel's log prints them: <c>(value; mask)</c>.</summary>
    public override string ToString() => IsConst ? (Value == 0 ? "0" : $"0x{Value:x}") : $"(0x{Value:x}; 0x{Mask:x})";
}
