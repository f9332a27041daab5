using System.Numerics;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// Where things are in the data of a hash map: a control block, the bitmaps of the chunks that are there, the buckets, the
/// elements. There are more elements than entries, since an update writes a fresh one before it retires the old.
/// </summary>
internal readonly record struct HashLayout(
    uint Buckets, uint Capacity, int ChunkShift, long BitmapOffset, long BucketsOffset, long ElementsOffset, uint Stride, uint ValueOffset, long Length)
{
    /// <summary>Elements beyond the entries: as many updates can be under way, and as many later ones before a retired element is used again.</summary>
    public const uint Spares = 256;

    /// <summary>Bytes of a bucket.</summary>
    public const int BucketBytes = 16;

    /// <summary>Bytes of an element's header: next, hash, version, state.</summary>
    public const int HeaderBytes = 16;

    private const long ControlBytes = 128;
    private const long Page = 4096;

    /// <summary>Bytes from one element to the next.</summary>
    public static uint StrideOf(in MapAttributes map) => HeaderBytes + Round8(map.KeySize) + Round8(map.ValueSize);

    /// <summary>Places of a hash map that passed its checks.</summary>
    public static HashLayout For(in MapAttributes map)
    {
        uint buckets = (uint)Math.Min(BitOperations.RoundUpToPowerOf2((ulong)map.MaxEntries), 1ul << 31);
        uint capacity = map.MaxEntries + Spares;
        uint stride = StrideOf(map);
        long covered = Align((long)buckets * BucketBytes) + ((long)capacity * stride);
        // Buckets are touched at random: with larger chunks, fourteen entries of a map for a million filled 1 MiB.
        int shift = ChunkReservation.SparseShift(covered);
        long bucketsAt = Align(ControlBytes + ChunkReservation.BitmapBytes(covered, shift));
        long elementsAt = bucketsAt + Align((long)buckets * BucketBytes);
        return new(
            buckets, capacity, shift, ControlBytes, bucketsAt, elementsAt, stride, HeaderBytes + Round8(map.KeySize),
            Align(elementsAt + ((long)capacity * stride)));
    }

    private static uint Round8(uint size) => (size + 7) & ~7u;

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
