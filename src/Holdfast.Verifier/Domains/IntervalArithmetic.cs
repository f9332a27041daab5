namespace Holdfast.Verifier.Domains;

/// <summary>
/// Operations on the intervals of a range. Each works on the four of them alone and forgets one whose ends may wrap differently; the
/// bits are the caller's, but for shifts.
/// </summary>
internal static class IntervalArithmetic
{
    public static void Add(ref RangeBounds dst, in ScalarRange src)
    {
        if (Overflows((Int128)dst.SignedMin + src.SignedMin) || Overflows((Int128)dst.SignedMax + src.SignedMax))
            dst.ForgetSigned();
        else
            (dst.SignedMin, dst.SignedMax) = (dst.SignedMin + src.SignedMin, dst.SignedMax + src.SignedMax);

        ulong min = dst.UnsignedMin + src.UnsignedMin;
        ulong max = dst.UnsignedMax + src.UnsignedMax;
        // All sums wrap or none does: the order is kept.
        if (min < src.UnsignedMin || max >= src.UnsignedMax)
            (dst.UnsignedMin, dst.UnsignedMax) = (min, max);
        else
            dst.ForgetUnsigned();

        if (Overflows32((long)dst.Signed32Min + src.Signed32Min) || Overflows32((long)dst.Signed32Max + src.Signed32Max))
            dst.ForgetSigned32();
        else
            (dst.Signed32Min, dst.Signed32Max) = (dst.Signed32Min + src.Signed32Min, dst.Signed32Max + src.Signed32Max);

        uint min32 = dst.Unsigned32Min + src.Unsigned32Min;
        uint max32 = dst.Unsigned32Max + src.Unsigned32Max;
        if (min32 < src.Unsigned32Min || max32 >= src.Unsigned32Max)
            (dst.Unsigned32Min, dst.Unsigned32Max) = (min32, max32);
        else
            dst.ForgetUnsigned32();
    }

    public static void Subtract(ref RangeBounds dst, in ScalarRange src)
    {
        if (Overflows((Int128)dst.SignedMin - src.SignedMax) || Overflows((Int128)dst.SignedMax - src.SignedMin))
            dst.ForgetSigned();
        else
            (dst.SignedMin, dst.SignedMax) = (dst.SignedMin - src.SignedMax, dst.SignedMax - src.SignedMin);

        if (dst.UnsignedMin >= src.UnsignedMax || dst.UnsignedMax < src.UnsignedMin)
            (dst.UnsignedMin, dst.UnsignedMax) = (dst.UnsignedMin - src.UnsignedMax, dst.UnsignedMax - src.UnsignedMin);
        else
            dst.ForgetUnsigned();

        if (Overflows32((long)dst.Signed32Min - src.Signed32Max) || Overflows32((long)dst.Signed32Max - src.Signed32Min))
            dst.ForgetSigned32();
        else
            (dst.Signed32Min, dst.Signed32Max) = (dst.Signed32Min - src.Signed32Max, dst.Signed32Max - src.Signed32Min);

        if (dst.Unsigned32Min >= src.Unsigned32Max || dst.Unsigned32Max < src.Unsigned32Min)
            (dst.Unsigned32Min, dst.Unsigned32Max) = (dst.Unsigned32Min - src.Unsigned32Max, dst.Unsigned32Max - src.Unsigned32Min);
        else
            dst.ForgetUnsigned32();
    }

    public static void Multiply(ref RangeBounds dst, in ScalarRange src)
    {
        UInt128 unsignedMax = (UInt128)dst.UnsignedMax * src.UnsignedMax;
        if (unsignedMax > ulong.MaxValue)
            dst.ForgetUnsigned();
        else
            (dst.UnsignedMin, dst.UnsignedMax) = (dst.UnsignedMin * src.UnsignedMin, (ulong)unsignedMax);

        (Int128 min, Int128 max) = Extremes(dst.SignedMin, dst.SignedMax, src.SignedMin, src.SignedMax);
        if (Overflows(min) || Overflows(max))
            dst.ForgetSigned();
        else
            (dst.SignedMin, dst.SignedMax) = ((long)min, (long)max);

        ulong unsigned32Max = (ulong)dst.Unsigned32Max * src.Unsigned32Max;
        if (unsigned32Max > uint.MaxValue)
            dst.ForgetUnsigned32();
        else
            (dst.Unsigned32Min, dst.Unsigned32Max) = (dst.Unsigned32Min * src.Unsigned32Min, (uint)unsigned32Max);

        (Int128 min32, Int128 max32) = Extremes(dst.Signed32Min, dst.Signed32Max, src.Signed32Min, src.Signed32Max);
        if (Overflows32((long)min32) || Overflows32((long)max32))
            dst.ForgetSigned32();
        else
            (dst.Signed32Min, dst.Signed32Max) = ((int)min32, (int)max32);
    }

    public static void ShiftLeft(ref RangeBounds dst, int count)
    {
        dst.Bits = dst.Bits.ShiftLeft(count);
        dst.ForgetSigned();

        // Shifts by 32 are how compilers sign-extend: the low half becomes the high one, sign included.
        if (count == 32)
            (dst.SignedMin, dst.SignedMax) = ((long)dst.Signed32Min << 32, (long)dst.Signed32Max << 32);

        if (dst.UnsignedMax <= ulong.MaxValue >> count)
            (dst.UnsignedMin, dst.UnsignedMax) = (dst.UnsignedMin << count, dst.UnsignedMax << count);
        else
            dst.ForgetUnsigned();

        dst.ForgetSigned32();
        if (count < 32 && dst.Unsigned32Max <= uint.MaxValue >> count)
            (dst.Unsigned32Min, dst.Unsigned32Max) = (dst.Unsigned32Min << count, dst.Unsigned32Max << count);
        else
            dst.ForgetUnsigned32();
    }

    /// <summary>A logical shift; of a 32-bit operation the operand is zero-extended, so that one rule does for both.</summary>
    public static void ShiftRight(ref RangeBounds dst, int count)
    {
        dst.Bits = dst.Bits.ShiftRight(count);
        dst.ForgetSigned();
        dst.UnsignedMin >>= count;
        dst.UnsignedMax >>= count;
        dst.Forget32();
        LowFromZeroExtended(ref dst);
    }

    public static void ArithmeticShiftRight(ref RangeBounds dst, int count, bool is64)
    {
        dst.ForgetUnsigned();
        if (is64)
        {
            dst.Bits = dst.Bits.ArithmeticShiftRight(count);
            dst.SignedMin >>= count;
            dst.SignedMax >>= count;
            dst.Forget32();
            return;
        }

        dst.Bits = dst.Bits.ArithmeticShiftRight(count, 32);
        dst.ForgetUnsigned32();
        dst.Signed32Min >>= count;
        dst.Signed32Max >>= count;
    }

    private static void LowFromZeroExtended(ref RangeBounds dst)
    {
        if (dst.UnsignedMax <= uint.MaxValue)
            (dst.Unsigned32Min, dst.Unsigned32Max) = ((uint)dst.UnsignedMin, (uint)dst.UnsignedMax);
    }

    private static (Int128 Min, Int128 Max) Extremes(long min1, long max1, long min2, long max2)
    {
        Int128 a = (Int128)min1 * min2;
        Int128 b = (Int128)min1 * max2;
        Int128 c = (Int128)max1 * min2;
        Int128 d = (Int128)max1 * max2;
        return (Int128.Min(Int128.Min(a, b), Int128.Min(c, d)), Int128.Max(Int128.Max(a, b), Int128.Max(c, d)));
    }

    private static bool Overflows(Int128 value) => value < long.MinValue || value > long.MaxValue;

    private static bool Overflows32(long value) => value < int.MinValue || value > int.MaxValue;
}
