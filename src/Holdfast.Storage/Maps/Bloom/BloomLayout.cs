using System.Numerics;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Bloom;

/// <summary>Where things are in the data of a bloom filter: a control block, the chunk bitmap, the bits from a page on.</summary>
internal readonly record struct BloomLayout(ulong Mask, uint Hashes, int ChunkShift, long BitmapOffset, long BitsOffset, long Length)
{
    /// <summary>Seed of the hashes.</summary>
    public const int SeedOffset = 0;

    private const uint DefaultHashes = 5;
    private const ulong MostBits = 1ul << 31;
    private const long ControlBytes = 64;
    private const long Page = 4096;

    /// <summary>Places of a filter that passed its checks; as many bits as the kernel takes: entries times hashes by ln 2, rounded up to a power of two.</summary>
    public static BloomLayout For(in MapAttributes map)
    {
        uint hashes = map.Extra == 0 ? DefaultHashes : (uint)map.Extra;
        ulong wanted = (ulong)map.MaxEntries * hashes;
        wanted = wanted > uint.MaxValue ? ulong.MaxValue : wanted / 5 * 7;
        ulong bits = wanted > MostBits ? 1ul << 32 : Math.Max(64, BitOperations.RoundUpToPowerOf2(wanted));
        long bytes = (long)(bits / 8);
        int shift = ChunkReservation.SparseShift(bytes);
        long start = Align(ControlBytes + ChunkReservation.BitmapBytes(bytes, shift));
        return new(bits - 1, hashes, shift, ControlBytes, start, Align(start + bytes));
    }

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
