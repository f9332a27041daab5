using System.Buffers.Binary;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Tests.Domains;

/// <summary>What the operations do to numbers, RFC 9669 sections 4.1 to 4.3.</summary>
internal static class Concrete
{
    public static ulong Apply(AluOperation op, bool is64, ulong dst, ulong src, int offset)
    {
        if (is64)
            return Apply64(op, dst, src, offset);
        return Apply32(op, (uint)dst, (uint)src, offset);
    }

    public static bool Holds(JumpOperation op, bool is32, ulong l, ulong r)
    {
        if (is32)
        {
            bool signed = op is JumpOperation.Jsgt or JumpOperation.Jsge or JumpOperation.Jslt or JumpOperation.Jsle;
            l = signed ? (ulong)(int)l : (uint)l;
            r = signed ? (ulong)(int)r : (uint)r;
        }

        return op switch
        {
            JumpOperation.Jeq => l == r,
            JumpOperation.Jne => l != r,
            JumpOperation.Jset => (l & r) != 0,
            JumpOperation.Jgt => l > r,
            JumpOperation.Jge => l >= r,
            JumpOperation.Jlt => l < r,
            JumpOperation.Jle => l <= r,
            JumpOperation.Jsgt => (long)l > (long)r,
            JumpOperation.Jsge => (long)l >= (long)r,
            JumpOperation.Jslt => (long)l < (long)r,
            JumpOperation.Jsle => (long)l <= (long)r,
            _ => throw new ArgumentOutOfRangeException(nameof(op)),
        };
    }

    public static ulong ByteSwap(ulong value, int bits, bool swap) => (bits, swap) switch
    {
        (16, false) => (ushort)value,
        (32, false) => (uint)value,
        (64, false) => value,
        (16, true) => BinaryPrimitives.ReverseEndianness((ushort)value),
        (32, true) => BinaryPrimitives.ReverseEndianness((uint)value),
        _ => BinaryPrimitives.ReverseEndianness(value),
    };

    private static ulong Apply64(AluOperation op, ulong dst, ulong src, int offset) => op switch
    {
        AluOperation.Add => dst + src,
        AluOperation.Sub => dst - src,
        AluOperation.Mul => dst * src,
        AluOperation.Div when offset == 1 => src == 0 ? 0 : (ulong)((Int128)(long)dst / (long)src),
        AluOperation.Div => src == 0 ? 0 : dst / src,
        AluOperation.Mod when offset == 1 => src == 0 ? dst : (ulong)((Int128)(long)dst % (long)src),
        AluOperation.Mod => src == 0 ? dst : dst % src,
        AluOperation.Or => dst | src,
        AluOperation.And => dst & src,
        AluOperation.Xor => dst ^ src,
        AluOperation.Lsh => dst << (int)(src & 63),
        AluOperation.Rsh => dst >> (int)(src & 63),
        AluOperation.Arsh => (ulong)((long)dst >> (int)(src & 63)),
        AluOperation.Neg => 0 - dst,
        AluOperation.Mov => Extend(src, offset),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    private static uint Apply32(AluOperation op, uint dst, uint src, int offset) => op switch
    {
        AluOperation.Div when offset == 1 => src == 0 ? 0 : (uint)((long)(int)dst / (int)src),
        AluOperation.Div => src == 0 ? 0 : dst / src,
        AluOperation.Mod when offset == 1 => src == 0 ? dst : (uint)((long)(int)dst % (int)src),
        AluOperation.Mod => src == 0 ? dst : dst % src,
        AluOperation.Lsh => dst << (int)(src & 31),
        AluOperation.Rsh => dst >> (int)(src & 31),
        AluOperation.Arsh => (uint)((int)dst >> (int)(src & 31)),
        _ => (uint)Apply64(op, dst, src, offset),
    };

    private static ulong Extend(ulong value, int bits) => bits switch
    {
        8 => (ulong)(sbyte)value,
        16 => (ulong)(short)value,
        32 => (ulong)(int)value,
        _ => value,
    };
}
