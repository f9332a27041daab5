using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Perf;

/// <summary>
/// Where things are in the data of a perf event array: the two pages that every map with an end in user space begins with
/// (<see cref="RingLayout"/>), a control block for each buffer, the chunk bitmap, and the buffers, from a page on. There is a buffer for
/// each execution slot that is an index of the array; its file has room for the largest, of which the reader uses what it asks for.
/// </summary>
internal readonly record struct PerfLayout(uint Buffers, long BitmapOffset, long RecordsOffset, long Length)
{
    /// <summary>Bytes of the largest buffer.</summary>
    public const uint LargestBuffer = 4 << 20;

    /// <summary>The first buffer's control block.</summary>
    public const int BlocksOffset = RingLayout.BitmapOffset;

    /// <summary>Bytes of a buffer's control block.</summary>
    public const int BlockBytes = 256;

    /// <summary>In a block: lock word of who writes.</summary>
    public const int LockOffset = 0;

    /// <summary>In a block: the reader's lease, 0 while nobody reads; 4 bytes further the buffer's size.</summary>
    public const int ReaderOffset = 8;

    /// <summary>In a block: records that found no room since the array was made.</summary>
    public const int LostOffset = 16;

    /// <summary>In a block: bytes ever written.</summary>
    public const int HeadOffset = 64;

    /// <summary>In a block: bytes ever read.</summary>
    public const int TailOffset = 128;

    private const long Page = 4096;

    /// <summary>Places of an array that passed its checks.</summary>
    public static PerfLayout For(in MapAttributes map)
    {
        uint buffers = Math.Min(map.MaxEntries, Math.Max(map.ExecutionSlots, 1));
        long records = (long)buffers * LargestBuffer;
        long bitmap = BlocksOffset + ((long)buffers * BlockBytes);
        long start = (bitmap + ChunkReservation.BitmapBytes(records, ChunkReservation.DenseShift) + Page - 1) & ~(Page - 1);
        return new(buffers, bitmap, start, start + records);
    }
}
