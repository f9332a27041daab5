using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Queues;

/// <summary>
/// Where things are in the data of a queue or stack: a control block, the chunk bitmap, the slots from a page on. There is a slot more than
/// entries: it is where the next one is written before it counts.
/// </summary>
internal readonly record struct QueueLayout(uint Slots, long BitmapOffset, long ElementsOffset, uint Stride, long Length)
{
    /// <summary>The slot that the next element goes to (4 bytes), and that of the oldest one (4 bytes): one word, so that they change at once.</summary>
    public const int EndsOffset = 0;

    /// <summary>Changed before a slot is written: a reader that sees it unchanged copied what was there.</summary>
    public const int VersionOffset = 8;

    /// <summary>Of a durable map: the digest of the elements.</summary>
    public const int DigestOffset = 16;

    /// <summary>Of a durable map: the digest that the change under way leads to.</summary>
    public const int NextDigestOffset = 24;

    /// <summary>Of a durable map: both ends as the change under way leaves them.</summary>
    public const int NextEndsOffset = 32;

    /// <summary>Of a durable map: the key of the digest.</summary>
    public const int DigestKeyOffset = 40;

    /// <summary>Lock word of whoever pushes and pops.</summary>
    public const int LockOffset = 64;

    private const long ControlBytes = 128;
    private const long Page = 4096;

    /// <summary>Bytes from one slot to the next.</summary>
    public static uint StrideOf(in MapAttributes map) => (map.ValueSize + 7) & ~7u;

    /// <summary>Places of a queue or stack that passed its checks.</summary>
    public static QueueLayout For(in MapAttributes map)
    {
        uint stride = StrideOf(map), slots = map.MaxEntries + 1;
        long elements = (long)stride * slots;
        long start = Align(ControlBytes + ChunkReservation.BitmapBytes(elements, ChunkReservation.DenseShift));
        return new(slots, ControlBytes, start, stride, Align(start + elements));
    }

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
