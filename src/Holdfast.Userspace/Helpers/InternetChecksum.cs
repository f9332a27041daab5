using System.Runtime.InteropServices;

namespace Holdfast.Userspace.Helpers;

/// <summary>One's complement sums as the kernel carries them: 32 bits with end-around carry (RFC 1071; include/net/checksum.h).</summary>
internal static class InternetChecksum
{
    /// <summary>Adds bytes to a sum (<c>csum_partial</c>); an odd last byte counts as the lower half of a word.</summary>
    public static uint Add(ReadOnlySpan<byte> bytes, uint sum)
    {
        ulong total = sum;
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(bytes);
        foreach (uint word in words)
        {
            total += word;
        }

        ReadOnlySpan<byte> rest = bytes[(words.Length * 4)..];
        uint last = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            last |= (uint)rest[i] << (8 * i);
        }

        return Carry(total + last);
    }

    /// <summary><c>csum_add</c></summary>
    public static uint Add(uint left, uint right) => Carry((ulong)left + right);

    /// <summary><c>csum_sub</c></summary>
    public static uint Subtract(uint left, uint right) => Add(left, ~right);

    /// <summary><c>csum_fold</c>: 16 bits, complemented.</summary>
    public static ushort Fold(uint sum)
    {
        uint folded = (sum & 0xffff) + (sum >> 16);
        folded = (folded & 0xffff) + (folded >> 16);
        return (ushort)~folded;
    }

    /// <summary><c>csum_from32to16</c>: 16 bits, not complemented.</summary>
    public static uint From32To16(uint sum) => (ushort)~Fold(sum);

    /// <summary>Whether two sums are the same checksum.</summary>
    public static bool SameFolded(uint left, uint right) => Fold(left) == Fold(right);

    private static uint Carry(ulong sum)
    {
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & uint.MaxValue) + (sum >> 32);
        return (uint)sum;
    }
}
