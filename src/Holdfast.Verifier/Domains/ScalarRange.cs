namespace Holdfast.Verifier.Domains;

/// <summary>
/// What is known of a 64-bit number: its bits, and the intervals that hold it and its low half, read as signed and as unsigned. The
/// value itself is in all of them at once. Made by the factories and operations here it is always consistent: each part has learnt
/// what the others know, until none has news.
/// </summary>
public readonly record struct ScalarRange
{
    /// <summary>The known bits.</summary>
    public Tnum Bits { get; init; }

    /// <summary>The smallest value, signed.</summary>
    public long SignedMin { get; init; }

    /// <summary>The largest value, signed.</summary>
    public long SignedMax { get; init; }

    /// <summary>The smallest value, unsigned.</summary>
    public ulong UnsignedMin { get; init; }

    /// <summary>The largest value, unsigned.</summary>
    public ulong UnsignedMax { get; init; }

    /// <summary>The smallest low half, signed.</summary>
    public int Signed32Min { get; init; }

    /// <summary>The largest low half, signed.</summary>
    public int Signed32Max { get; init; }

    /// <summary>The smallest low half, unsigned.</summary>
    public uint Unsigned32Min { get; init; }

    /// <summary>The largest low half, unsigned.</summary>
    public uint Unsigned32Max { get; init; }

    /// <summary>Any number.</summary>
    public static ScalarRange Unknown { get; } = new()
    {
        Bits = Tnum.Unknown,
        SignedMin = long.MinValue,
        SignedMax = long.MaxValue,
        UnsignedMax = ulong.MaxValue,
        Signed32Min = int.MinValue,
        Signed32Max = int.MaxValue,
        Unsigned32Max = uint.MaxValue,
    };

    /// <summary>No number: what is left of a path that can't be taken.</summary>
    public static ScalarRange Empty { get; } = new()
    {
        SignedMin = long.MaxValue,
        SignedMax = long.MinValue,
        UnsignedMin = ulong.MaxValue,
        Signed32Min = int.MaxValue,
        Signed32Max = int.MinValue,
        Unsigned32Min = uint.MaxValue,
    };

    /// <summary>Exactly one value.</summary>
    public bool IsConst => Bits.IsConst && !IsEmpty;

    /// <summary>The low half is exactly one value.</summary>
    public bool IsConst32 => Bits.Low32.IsConst && !IsEmpty;

    /// <summary>The value, if <see cref="IsConst"/>.</summary>
    public ulong ConstValue => Bits.Value;

    /// <summary>No value at all: the parts contradict one another.</summary>
    public bool IsEmpty => UnsignedMin > UnsignedMax || SignedMin > SignedMax || Unsigned32Min > Unsigned32Max || Signed32Min > Signed32Max;

    /// <summary>Any number.</summary>
    public bool IsUnknown => this == Unknown;

    /// <summary>The one number <paramref name="value"/>.</summary>
    /// <param name="value">The value.</param>
    public static ScalarRange Const(ulong value) => new()
    {
        Bits = Tnum.Const(value),
        SignedMin = (long)value,
        SignedMax = (long)value,
        UnsignedMin = value,
        UnsignedMax = value,
        Signed32Min = (int)value,
        Signed32Max = (int)value,
        Unsigned32Min = (uint)value,
        Unsigned32Max = (uint)value,
    };

    /// <summary>The numbers from <paramref name="min"/> to <paramref name="max"/>, unsigned.</summary>
    /// <param name="min">The smallest.</param>
    /// <param name="max">The largest.</param>
    public static ScalarRange FromUnsigned(ulong min, ulong max) => (Unknown with { UnsignedMin = min, UnsignedMax = max }).Synchronize();

    /// <summary>The numbers from <paramref name="min"/> to <paramref name="max"/>, signed.</summary>
    /// <param name="min">The smallest.</param>
    /// <param name="max">The largest.</param>
    public static ScalarRange FromSigned(long min, long max) => (Unknown with { SignedMin = min, SignedMax = max }).Synchronize();

    /// <summary>The numbers with these known bits.</summary>
    /// <param name="bits">The bits.</param>
    public static ScalarRange FromBits(Tnum bits) => (Unknown with { Bits = bits }).Synchronize();

    /// <summary>Is <paramref name="value"/> one of these numbers?</summary>
    /// <param name="value">The value.</param>
    public bool Contains(ulong value) =>
        Bits.Contains(value)
        && UnsignedMin <= value && value <= UnsignedMax
        && SignedMin <= (long)value && (long)value <= SignedMax
        && Unsigned32Min <= (uint)value && (uint)value <= Unsigned32Max
        && Signed32Min <= (int)value && (int)value <= Signed32Max;

    /// <summary>Does every part hold that of <paramref name="other"/>? Then a state with this, once proven safe, covers one with the other.</summary>
    /// <param name="other">The supposed subset.</param>
    public bool Contains(in ScalarRange other) =>
        other.IsEmpty
        || (UnsignedMin <= other.UnsignedMin && UnsignedMax >= other.UnsignedMax
            && SignedMin <= other.SignedMin && SignedMax >= other.SignedMax
            && Unsigned32Min <= other.Unsigned32Min && Unsigned32Max >= other.Unsigned32Max
            && Signed32Min <= other.Signed32Min && Signed32Max >= other.Signed32Max
            && Bits.Contains(other.Bits));

    /// <summary>The numbers that are in both.</summary>
    /// <param name="other">The other.</param>
    public ScalarRange Intersect(in ScalarRange other)
    {
        var bounds = new RangeBounds(this);
        bounds.Meet(other);
        return bounds.Synchronize();
    }

    /// <summary>The smallest range that holds both.</summary>
    /// <param name="other">The other.</param>
    public ScalarRange Union(in ScalarRange other)
    {
        if (IsEmpty)
            return other;
        if (other.IsEmpty)
            return this;
        return new ScalarRange
        {
            Bits = Bits.Union(other.Bits),
            SignedMin = Math.Min(SignedMin, other.SignedMin),
            SignedMax = Math.Max(SignedMax, other.SignedMax),
            UnsignedMin = Math.Min(UnsignedMin, other.UnsignedMin),
            UnsignedMax = Math.Max(UnsignedMax, other.UnsignedMax),
            Signed32Min = Math.Min(Signed32Min, other.Signed32Min),
            Signed32Max = Math.Max(Signed32Max, other.Signed32Max),
            Unsigned32Min = Math.Min(Unsigned32Min, other.Unsigned32Min),
            Unsigned32Max = Math.Max(Unsigned32Max, other.Unsigned32Max),
        }.Synchronize();
    }

    /// <summary>The low half, zero-extended: the result of every 32-bit operation.</summary>
    public ScalarRange ZeroExtend32()
    {
        if (IsEmpty)
            return Empty;
        var bounds = new RangeBounds(this) { Bits = Bits.Low32 };
        bounds.Forget64();
        bounds.UnsignedMin = Unsigned32Min;
        bounds.UnsignedMax = Unsigned32Max;
        return bounds.Synchronize();
    }

    /// <summary>The low <paramref name="bytes"/> bytes, sign-extended.</summary>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public ScalarRange SignExtend(int bytes)
    {
        if (IsEmpty)
            return Empty;
        if (bytes >= 8)
            return this;
        int dropped = 64 - (bytes * 8);
        long min = (SignedMin << dropped) >> dropped;
        long max = (SignedMax << dropped) >> dropped;
        RangeBounds bounds = new(Unknown) { Bits = Bits.SignExtend(bytes), SignedMin = long.MinValue >> dropped, SignedMax = long.MaxValue >> dropped };

        // Neighbours stay neighbours under sign extension, but for the one step from the largest to the smallest. Fewer than 2^n of
        // them whose ends come out in order have not made that step.
        if ((ulong)(SignedMax - SignedMin) >> (bytes * 8) == 0 && min <= max)
        {
            bounds.SignedMin = min;
            bounds.SignedMax = max;
        }

        if (bytes == 4)
        {
            bounds.SignedMin = Math.Max(bounds.SignedMin, Signed32Min);
            bounds.SignedMax = Math.Min(bounds.SignedMax, Signed32Max);
        }

        return bounds.Synchronize();
    }

    /// <summary>The low <paramref name="bytes"/> bytes, zero-extended: what a narrow load gives.</summary>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public ScalarRange Truncate(int bytes)
    {
        if (IsEmpty)
            return Empty;
        if (bytes >= 8)
            return this;
        if (bytes == 4)
            return ZeroExtend32();
        ulong kept = (1UL << (bytes * 8)) - 1;
        RangeBounds bounds = new(Unknown) { Bits = Bits.Cast(bytes), UnsignedMax = kept };
        if ((UnsignedMin & ~kept) == (UnsignedMax & ~kept))
        {
            bounds.UnsignedMin = UnsignedMin & kept;
            bounds.UnsignedMax = UnsignedMax & kept;
        }

        return bounds.Synchronize();
    }

    /// <summary>Lets each part learn what the others know; <see cref="Empty"/> if they contradict one another.</summary>
    public ScalarRange Synchronize() => new RangeBounds(this).Synchronize();
}
