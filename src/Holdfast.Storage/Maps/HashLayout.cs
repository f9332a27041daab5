using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// Where things are in the data of a hash map: a control block, the stripes, the bitmaps of the chunks that are there, the buckets, the
/// elements. There are more elements than entries, since an update writes a fresh one before it retires the old.
/// </summary>
/// <remarks>
/// The maps of durable stores have larger buckets and elements (<see cref="DurableBucketBytes"/>, <see cref="DurableHeaderBytes"/>), no
/// element of up to a page on two pages, and all their buckets from the beginning; those of other maps grow with their entries.
/// </remarks>
internal readonly record struct HashLayout(
    uint Buckets,
    uint Stripes,
    bool Grows,
    uint Capacity,
    int BucketChunkShift,
    int ElementChunkShift,
    long BucketBitmapOffset,
    long ElementBitmapOffset,
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
    public const int BucketBytes = 8;

    /// <summary>Bytes of an element's header: next, hash, version, state.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes of a bucket of a durable map: a digest of its chain, and the one that it is about to have, besides.</summary>
    public const int DurableBucketBytes = 32;

    /// <summary>Bytes of an element's header in a durable map: a check of the value, and the epoch of the insertion, besides.</summary>
    public const int DurableHeaderBytes = 24;

    /// <summary>Bytes of an element's header in an LRU map besides, before the key: the first is the reference mark, the others are zero.</summary>
    public const int ReferenceBytes = 8;

    /// <summary>Most lanes of the element allocator.</summary>
    public const int MostLanes = 16;

    /// <summary>Bytes of a lane, a cache line: who uses one takes nothing from the others.</summary>
    public const int LaneBytes = 64;

    /// <summary>Where the stripes are: behind the control words and the lanes.</summary>
    public const int StripesOffset = HashAllocator.LanesOffset + (MostLanes * LaneBytes);

    /// <summary>Bytes of a stripe.</summary>
    public const int StripeBytes = 16;

    private const uint LanesFrom = 1024;
    private const uint MostStripes = 4096;
    private const uint EntriesPerStripe = 4;
    private const uint MostBuckets = 1u << 31;
    private const long Page = 4096;

    /// <summary>Bytes from one element to the next.</summary>
    public static uint StrideOf(in MapAttributes map) => HeaderOf(map) + Round8(map.KeySize) + Round8(map.ValueSize);

    /// <summary>Bytes from one element to the next, but for what a page leaves over.</summary>
    public uint Stride => Placement.Stride;

    /// <summary>Lanes of the element allocator: one where all entries are of one moment's sync, and where there are few.</summary>
    public int Lanes => Grows && Capacity - Spares >= LanesFrom ? MostLanes : 1;

    /// <summary>The buckets that are there from the beginning. Of each stripe there is one: so a bucket and the one that it is split from always have the same.</summary>
    public uint FirstBuckets => Grows ? Stripes : Buckets;

    /// <summary>The buckets that the kernel gives such a map, and of which tokens of batches are the numbers.</summary>
    public uint TokenBuckets => (uint)Math.Min(BitOperations.RoundUpToPowerOf2((ulong)(Capacity - Spares)), MostBuckets);

    /// <summary>The buckets wanted for so many entries: 7 for 4, so that a lookup meets 1.3 elements, and bucket and element of 32 bytes are 46 bytes an entry.</summary>
    public static uint BucketsFor(uint entries) => (uint)Math.Min(MostBuckets, entries + (ulong)(entries >> 1) + (entries >> 2));

    /// <summary>Places of a hash map that passed its checks.</summary>
    public static HashLayout For(in MapAttributes map)
    {
        bool grows = !map.IsDurable;
        uint power = (uint)Math.Min(BitOperations.RoundUpToPowerOf2((ulong)map.MaxEntries), MostBuckets);
        uint stripes = Math.Clamp(power / EntriesPerStripe, 2, MostStripes);
        uint buckets = Math.Max(grows ? BucketsFor(map.MaxEntries) : power, stripes);
        uint capacity = map.MaxEntries + Spares;
        uint stride = StrideOf(map);
        ElementPlacement placement = map.IsDurable ? ElementPlacement.Paged(stride) : ElementPlacement.Dense(stride);
        int bucketShift = BitOperations.Log2(map.IsDurable ? (uint)DurableBucketBytes : BucketBytes);
        long bucketBytes = Align((long)buckets << bucketShift), elementBytes = Align(placement.LengthOf(capacity));
        int bucketChunkShift = ChunkReservation.SparseShift(bucketBytes), elementChunkShift = ChunkReservation.SparseShift(elementBytes);
        long bucketBitmapAt = StripesOffset + ((long)stripes * StripeBytes);
        bucketBitmapAt = (bucketBitmapAt + 63) & ~63L;
        long elementBitmapAt = bucketBitmapAt + ChunkReservation.BitmapBytes(bucketBytes, bucketChunkShift);
        long bucketsAt = Align(elementBitmapAt + ChunkReservation.BitmapBytes(elementBytes, elementChunkShift));
        return new(
            buckets, stripes, grows, capacity, bucketChunkShift, elementChunkShift, bucketBitmapAt, elementBitmapAt, bucketsAt, bucketsAt + bucketBytes, placement,
            HeaderOf(map), HeaderOf(map) + Round8(map.KeySize), bucketShift, bucketsAt + bucketBytes + elementBytes);
    }

    private static uint HeaderOf(in MapAttributes map) =>
        (map.IsDurable ? (uint)DurableHeaderBytes : HeaderBytes) + (map.Type == MapType.LruHash ? (uint)ReferenceBytes : 0);

    private static uint Round8(uint size) => (size + 7) & ~7u;

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
