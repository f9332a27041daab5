using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// Where things are in the data of a hash map: a control block, the bitmaps of the chunks that are there, the buckets, the
/// elements. There are more elements than entries, since an update writes a fresh one before it retires the old.
/// </summary>
/// <remarks>
/// The maps of durable stores have larger buckets and elements (<see cref="DurableBucketBytes"/>, <see cref="DurableHeaderBytes"/>), and no
/// element of up to a page on two pages.
/// </remarks>
internal readonly record struct HashLayout(
    uint Buckets,
    uint Capacity,
    int ChunkShift,
    long BitmapOffset,
    long BucketsOffset,
    long ElementsOffset,
    ElementPlacement Placement,
    uint KeyOffset,
    uint ValueOffset,
    int BucketShift,
    long Length)
{
    /// <summary>Elements beyond the entries: as many updates can be under way, and as many later ones before a retired element is used again.</summary>
    public const uint Spares = 256;

    /// <summary>Bytes of a bucket.</summary>
    public const int BucketBytes = 16;

    /// <summary>Bytes of an element's header: next, hash, version, state.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes of a bucket of a durable map: a digest of its chain, and the one that it is about to have.</summary>
    public const int DurableBucketBytes = 32;

    /// <summary>Bytes of an element's header in a durable map: a check of the value, and the epoch of the insertion, besides.</summary>
    public const int DurableHeaderBytes = 24;

    /// <summary>Bytes of an element's header in an LRU map besides, before the key: the first is the reference mark, the others are zero.</summary>
    public const int ReferenceBytes = 8;

    private const long ControlBytes = 128;
    private const long Page = 4096;

    /// <summary>Bytes from one element to the next.</summary>
    public static uint StrideOf(in MapAttributes map) => HeaderOf(map) + Round8(map.KeySize) + Round8(map.ValueSize);

    /// <summary>Bytes from one element to the next, but for what a page leaves over.</summary>
    public uint Stride => Placement.Stride;

    /// <summary>Places of a hash map that passed its checks.</summary>
    public static HashLayout For(in MapAttributes map)
    {
        uint buckets = (uint)Math.Min(BitOperations.RoundUpToPowerOf2((ulong)map.MaxEntries), 1ul << 31);
        uint capacity = map.MaxEntries + Spares;
        uint stride = StrideOf(map);
        ElementPlacement placement = map.IsDurable ? ElementPlacement.Paged(stride) : ElementPlacement.Dense(stride);
        int bucketShift = BitOperations.Log2(map.IsDurable ? (uint)DurableBucketBytes : BucketBytes);
        long covered = Align((long)buckets << bucketShift) + placement.LengthOf(capacity);
        // Buckets are touched at random: with larger chunks, fourteen entries of a map for a million filled 1 MiB.
        int shift = ChunkReservation.SparseShift(covered);
        long bucketsAt = Align(ControlBytes + ChunkReservation.BitmapBytes(covered, shift));
        long elementsAt = bucketsAt + Align((long)buckets << bucketShift);
        return new(
            buckets, capacity, shift, ControlBytes, bucketsAt, elementsAt, placement, HeaderOf(map), HeaderOf(map) + Round8(map.KeySize), bucketShift,
            Align(elementsAt + placement.LengthOf(capacity)));
    }

    private static uint HeaderOf(in MapAttributes map) =>
        (map.IsDurable ? (uint)DurableHeaderBytes : HeaderBytes) + (map.Type == MapType.LruHash ? (uint)ReferenceBytes : 0);

    private static uint Round8(uint size) => (size + 7) & ~7u;

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
