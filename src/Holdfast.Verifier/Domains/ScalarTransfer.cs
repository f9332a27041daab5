using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Domains;

/// <summary>
/// What an arithmetic operation makes of ranges (Linux: <c>adjust_scalar_min_max_vals</c>). Division, modulo and shifts by an unknown
/// amount give an unknown result, as in Linux 6.18.
/// </summary>
public static class ScalarTransfer
{
    /// <summary>The result of <c>dst op= src</c>.</summary>
    /// <param name="op">The operation; for <see cref="AluOperation.End"/> use <see cref="ByteSwap"/>.</param>
    /// <param name="is64">Whole registers; else the low halves, and the result is zero-extended.</param>
    /// <param name="dst">The left operand.</param>
    /// <param name="src">The right operand; <see cref="AluOperation.Neg"/> has none.</param>
    /// <param name="offset">1: signed division or modulo. 8, 16, 32: a move that sign-extends from so many bits.</param>
    public static ScalarRange Apply(AluOperation op, bool is64, in ScalarRange dst, in ScalarRange src, int offset)
    {
        switch (op)
        {
            case AluOperation.Mov:
                return Move(is64, src, offset);
            case AluOperation.Neg:
                return Negate(is64, dst);
            case AluOperation.Lsh or AluOperation.Rsh or AluOperation.Arsh:
                return Shift(op, is64, dst, src);
            case AluOperation.Add or AluOperation.Sub or AluOperation.Mul or AluOperation.And or AluOperation.Or or AluOperation.Xor:
                return Combine(op, is64, dst, src);
            default:
                return dst.IsEmpty || src.IsEmpty ? ScalarRange.Empty : Unknown(is64);
        }
    }

    /// <summary>Zero minus the value.</summary>
    /// <param name="is64">The whole register; else its low half, zero-extended.</param>
    /// <param name="value">The operand.</param>
    public static ScalarRange Negate(bool is64, in ScalarRange value) => Combine(AluOperation.Sub, is64, ScalarRange.Const(0), value);

    /// <summary>The byte-order operations: truncation to <paramref name="bits"/>, with the bytes reversed if <paramref name="swap"/>.</summary>
    /// <param name="value">The operand.</param>
    /// <param name="bits">16, 32 or 64.</param>
    /// <param name="swap">Whether the bytes are reversed: <c>bswap</c>, and the conversion to the byte order that isn't the machine's.</param>
    public static ScalarRange ByteSwap(in ScalarRange value, int bits, bool swap)
    {
        if (value.IsEmpty || !swap)
            return value.Truncate(bits / 8);
        return ScalarRange.FromBits(value.Bits.ReverseBytes(bits / 8));
    }

    private static ScalarRange Unknown(bool is64) => is64 ? ScalarRange.Unknown : ScalarRange.Unknown.ZeroExtend32();

    private static ScalarRange Move(bool is64, in ScalarRange src, int offset)
    {
        ScalarRange moved = offset is 8 or 16 or 32 ? src.SignExtend(offset / 8) : src;
        return is64 ? moved : moved.ZeroExtend32();
    }

    private static ScalarRange Combine(AluOperation op, bool is64, in ScalarRange dst, in ScalarRange src)
    {
        if (dst.IsEmpty || src.IsEmpty)
            return ScalarRange.Empty;
        var result = new RangeBounds(dst);
        switch (op)
        {
            case AluOperation.Add:
                result.Bits = dst.Bits.Add(src.Bits);
                IntervalArithmetic.Add(ref result, src);
                break;
            case AluOperation.Sub:
                result.Bits = dst.Bits.Subtract(src.Bits);
                IntervalArithmetic.Subtract(ref result, src);
                break;
            case AluOperation.Mul:
                result.Bits = dst.Bits.Multiply(src.Bits);
                IntervalArithmetic.Multiply(ref result, src);
                break;
            case AluOperation.And:
                result.Bits = dst.Bits.And(src.Bits);
                result.Forget64();
                result.Forget32();
                result.UnsignedMax = Math.Min(dst.UnsignedMax, src.UnsignedMax);
                result.Unsigned32Max = Math.Min(dst.Unsigned32Max, src.Unsigned32Max);
                break;
            case AluOperation.Or:
                result.Bits = dst.Bits.Or(src.Bits);
                result.Forget64();
                result.Forget32();
                result.UnsignedMin = Math.Max(dst.UnsignedMin, src.UnsignedMin);
                result.Unsigned32Min = Math.Max(dst.Unsigned32Min, src.Unsigned32Min);
                break;
            default:
                result.Bits = dst.Bits.Xor(src.Bits);
                result.Forget64();
                result.Forget32();
                break;
        }

        return Finish(ref result, is64);
    }

    private static ScalarRange Shift(AluOperation op, bool is64, in ScalarRange dst, in ScalarRange src)
    {
        if (dst.IsEmpty || src.IsEmpty)
            return ScalarRange.Empty;
        ulong amount = is64 ? src.Bits.Value : (uint)src.Bits.Value;
        bool known = is64 ? src.IsConst : src.IsConst32;
        if (!known || amount >= (is64 ? 64u : 32u))
            return Unknown(is64);

        int count = (int)amount;
        ScalarRange operand = is64 || op == AluOperation.Lsh ? dst : dst.ZeroExtend32();
        var result = new RangeBounds(operand);
        switch (op)
        {
            case AluOperation.Lsh:
                IntervalArithmetic.ShiftLeft(ref result, count);
                break;
            case AluOperation.Rsh:
                IntervalArithmetic.ShiftRight(ref result, count);
                break;
            default:
                IntervalArithmetic.ArithmeticShiftRight(ref result, count, is64);
                break;
        }

        return Finish(ref result, is64);
    }

    /// <summary>A 32-bit operation keeps what was computed for the low half only.</summary>
    private static ScalarRange Finish(ref RangeBounds result, bool is64)
    {
        if (is64)
            return result.Synchronize();
        result.Forget64();
        result.Bits = result.Bits.Low32;
        result.UnsignedMin = result.Unsigned32Min;
        result.UnsignedMax = result.Unsigned32Max;
        return result.Synchronize();
    }
}
