using System.Numerics;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Domains;

/// <summary>What a conditional jump says of its operands (Linux: <c>is_branch_taken</c>, <c>reg_set_min_max</c>).</summary>
public static class BranchRefinement
{
    /// <summary>Does the comparison hold for all pairs (true), for none (false), or can't it be told (null)?</summary>
    /// <param name="op">The comparison.</param>
    /// <param name="l">The left operand.</param>
    /// <param name="r">The right operand.</param>
    /// <param name="is32">Compares the low halves.</param>
    public static bool? Decide(JumpOperation op, in ScalarRange l, in ScalarRange r, bool is32)
    {
        if (l.IsEmpty || r.IsEmpty)
            return null;
        return op switch
        {
            JumpOperation.Ja => true,
            JumpOperation.Jeq => Equal(l, r, is32),
            JumpOperation.Jne => !Equal(l, r, is32),
            JumpOperation.Jset => CommonBit(l, r, is32),
            JumpOperation.Jlt => Below(l, r, is32),
            JumpOperation.Jge => !Below(l, r, is32),
            JumpOperation.Jgt => Below(r, l, is32),
            JumpOperation.Jle => !Below(r, l, is32),
            JumpOperation.Jslt => Less(l, r, is32),
            JumpOperation.Jsge => !Less(l, r, is32),
            JumpOperation.Jsgt => Less(r, l, is32),
            JumpOperation.Jsle => !Less(r, l, is32),
            _ => null,
        };
    }

    /// <summary>
    /// Removes from both operands what the jump's outcome excludes. Both become <see cref="ScalarRange.Empty"/> where a contradiction is
    /// found: the path can't be taken.
    /// </summary>
    /// <param name="op">The comparison.</param>
    /// <param name="is32">Compares the low halves.</param>
    /// <param name="taken">The outcome.</param>
    /// <param name="l">The left operand.</param>
    /// <param name="r">The right operand.</param>
    public static void Refine(JumpOperation op, bool is32, bool taken, ref ScalarRange l, ref ScalarRange r)
    {
        var left = new RangeBounds(l);
        var right = new RangeBounds(r);
        switch (op)
        {
            case JumpOperation.Jeq or JumpOperation.Jne:
                if (taken == (op == JumpOperation.Jeq))
                    MakeEqual(ref left, ref right, l, r, is32);
                else
                    MakeUnequal(ref left, ref right, l, r, is32);
                break;
            case JumpOperation.Jset:
                RefineBits(ref left, r, is32, taken);
                RefineBits(ref right, l, is32, taken);
                break;
            case JumpOperation.Jlt or JumpOperation.Jge:
                Order(ref left, ref right, taken == (op == JumpOperation.Jlt), signed: false, is32);
                break;
            case JumpOperation.Jgt or JumpOperation.Jle:
                Order(ref right, ref left, taken == (op == JumpOperation.Jgt), signed: false, is32);
                break;
            case JumpOperation.Jslt or JumpOperation.Jsge:
                Order(ref left, ref right, taken == (op == JumpOperation.Jslt), signed: true, is32);
                break;
            case JumpOperation.Jsgt or JumpOperation.Jsle:
                Order(ref right, ref left, taken == (op == JumpOperation.Jsgt), signed: true, is32);
                break;
            default:
                return;
        }

        l = left.Synchronize();
        r = right.Synchronize();
        if (l.IsEmpty || r.IsEmpty)
            l = r = ScalarRange.Empty;
    }

    private static bool? Equal(in ScalarRange l, in ScalarRange r, bool is32)
    {
        bool apart32 = !l.Bits.Low32.Overlaps(r.Bits.Low32)
            || l.Unsigned32Min > r.Unsigned32Max || l.Unsigned32Max < r.Unsigned32Min
            || l.Signed32Min > r.Signed32Max || l.Signed32Max < r.Signed32Min;
        if (apart32)
            return false;
        if (is32)
            return l.IsConst32 && r.IsConst32 ? true : null;
        if (!l.Bits.Overlaps(r.Bits)
            || l.UnsignedMin > r.UnsignedMax || l.UnsignedMax < r.UnsignedMin
            || l.SignedMin > r.SignedMax || l.SignedMax < r.SignedMin)
        {
            return false;
        }

        return l.IsConst && r.IsConst ? true : null;
    }

    private static bool? CommonBit(in ScalarRange l, in ScalarRange r, bool is32)
    {
        Tnum a = is32 ? l.Bits.Low32 : l.Bits;
        Tnum b = is32 ? r.Bits.Low32 : r.Bits;
        if ((a.Value & b.Value) != 0)
            return true;
        return (a.Maximum & b.Maximum) == 0 ? false : null;
    }

    private static bool? Below(in ScalarRange l, in ScalarRange r, bool is32)
    {
        if (is32)
            return l.Unsigned32Max < r.Unsigned32Min ? true : l.Unsigned32Min >= r.Unsigned32Max ? false : null;
        return l.UnsignedMax < r.UnsignedMin ? true : l.UnsignedMin >= r.UnsignedMax ? false : null;
    }

    private static bool? Less(in ScalarRange l, in ScalarRange r, bool is32)
    {
        if (is32)
            return l.Signed32Max < r.Signed32Min ? true : l.Signed32Min >= r.Signed32Max ? false : null;
        return l.SignedMax < r.SignedMin ? true : l.SignedMin >= r.SignedMax ? false : null;
    }

    private static void MakeEqual(ref RangeBounds left, ref RangeBounds right, in ScalarRange l, in ScalarRange r, bool is32)
    {
        if (is32)
        {
            left.Meet32(r);
            right.Meet32(l);
        }
        else
        {
            left.Meet(r);
            right.Meet(l);
        }
    }

    /// <summary>A number known to differ from a constant loses it where it is the end of an interval.</summary>
    private static void MakeUnequal(ref RangeBounds left, ref RangeBounds right, in ScalarRange l, in ScalarRange r, bool is32)
    {
        bool leftConst = is32 ? l.IsConst32 : l.IsConst;
        bool rightConst = is32 ? r.IsConst32 : r.IsConst;
        if (rightConst)
            Exclude(ref left, r.ConstValue, is32);
        else if (leftConst)
            Exclude(ref right, l.ConstValue, is32);
    }

    private static void Exclude(ref RangeBounds range, ulong value, bool is32)
    {
        if (is32 ? range.Unsigned32Min == (uint)value && range.Unsigned32Max == (uint)value : range.UnsignedMin == value && range.UnsignedMax == value)
        {
            range.Contradict();
            return;
        }

        if (is32)
        {
            range.Unsigned32Min += range.Unsigned32Min == (uint)value ? 1u : 0;
            range.Unsigned32Max -= range.Unsigned32Max == (uint)value ? 1u : 0;
            range.Signed32Min += range.Signed32Min == (int)value ? 1 : 0;
            range.Signed32Max -= range.Signed32Max == (int)value ? 1 : 0;
        }
        else
        {
            range.UnsignedMin += range.UnsignedMin == value ? 1u : 0;
            range.UnsignedMax -= range.UnsignedMax == value ? 1u : 0;
            range.SignedMin += range.SignedMin == (long)value ? 1 : 0;
            range.SignedMax -= range.SignedMax == (long)value ? 1 : 0;
        }
    }

    /// <summary>No common bit with a constant: its bits are clear. A common bit with a single bit: it is set.</summary>
    private static void RefineBits(ref RangeBounds range, in ScalarRange mask, bool is32, bool taken)
    {
        if (!(is32 ? mask.IsConst32 : mask.IsConst))
            return;
        ulong bits = is32 ? (uint)mask.ConstValue : mask.ConstValue;
        if (!taken)
            range.MeetBits(new Tnum(0, ~bits));
        else if (bits == 0)
            range.Contradict();
        else if (BitOperations.IsPow2(bits))
            range.MeetBits(new Tnum(bits, ~bits));
    }

    /// <summary><paramref name="below"/> &lt; <paramref name="above"/> if <paramref name="strict"/>, else <paramref name="below"/> ≥ <paramref name="above"/>.</summary>
    private static void Order(ref RangeBounds below, ref RangeBounds above, bool strict, bool signed, bool is32)
    {
        if (!strict)
            AtMost(ref above, ref below, signed, is32);
        else if (signed)
            StrictlyLess(ref below, ref above, is32);
        else
            StrictlyBelow(ref below, ref above, is32);
    }

    private static void AtMost(ref RangeBounds low, ref RangeBounds high, bool signed, bool is32)
    {
        if (signed && is32)
            (low.Signed32Max, high.Signed32Min) = (Math.Min(low.Signed32Max, high.Signed32Max), Math.Max(low.Signed32Min, high.Signed32Min));
        else if (signed)
            (low.SignedMax, high.SignedMin) = (Math.Min(low.SignedMax, high.SignedMax), Math.Max(low.SignedMin, high.SignedMin));
        else if (is32)
            (low.Unsigned32Max, high.Unsigned32Min) = (Math.Min(low.Unsigned32Max, high.Unsigned32Max), Math.Max(low.Unsigned32Min, high.Unsigned32Min));
        else
            (low.UnsignedMax, high.UnsignedMin) = (Math.Min(low.UnsignedMax, high.UnsignedMax), Math.Max(low.UnsignedMin, high.UnsignedMin));
    }

    private static void StrictlyBelow(ref RangeBounds low, ref RangeBounds high, bool is32)
    {
        if (is32 ? high.Unsigned32Max == 0 || low.Unsigned32Min == uint.MaxValue : high.UnsignedMax == 0 || low.UnsignedMin == ulong.MaxValue)
            low.Contradict();
        else if (is32)
            (low.Unsigned32Max, high.Unsigned32Min) = (Math.Min(low.Unsigned32Max, high.Unsigned32Max - 1), Math.Max(low.Unsigned32Min + 1, high.Unsigned32Min));
        else
            (low.UnsignedMax, high.UnsignedMin) = (Math.Min(low.UnsignedMax, high.UnsignedMax - 1), Math.Max(low.UnsignedMin + 1, high.UnsignedMin));
    }

    private static void StrictlyLess(ref RangeBounds low, ref RangeBounds high, bool is32)
    {
        if (is32 ? high.Signed32Max == int.MinValue || low.Signed32Min == int.MaxValue : high.SignedMax == long.MinValue || low.SignedMin == long.MaxValue)
            low.Contradict();
        else if (is32)
            (low.Signed32Max, high.Signed32Min) = (Math.Min(low.Signed32Max, high.Signed32Max - 1), Math.Max(low.Signed32Min + 1, high.Signed32Min));
        else
            (low.SignedMax, high.SignedMin) = (Math.Min(low.SignedMax, high.SignedMax - 1), Math.Max(low.SignedMin + 1, high.SignedMin));
    }
}
