using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Stacks;

/// <summary>
/// Where things are in the data of a stack trace map: a control block, the chunk bitmap, the buckets, and two places for the frames of each
/// bucket, of which its state names the one that counts: a stack that replaces another is written beside it.
/// </summary>
internal readonly record struct StackLayout(
    uint BucketCount, uint FrameBytes, uint Stride, int ChunkShift, long BitmapOffset, long BucketsOffset, long FramesOffset, long Covered, long Length)
{
    /// <summary>Lock word of whoever adds and removes.</summary>
    public const int LockOffset = 0;

    /// <summary>Number of stacks: right while the lock was never a dead one's, else counted anew.</summary>
    public const int CountOffset = 8;

    /// <summary>Bytes of a bucket: state (8), version (4), 4 of no meaning.</summary>
    public const int BucketBytes = 16;

    /// <summary>Bytes of a frame as <c>struct bpf_stack_build_id</c>.</summary>
    public const uint BuildIdBytes = 32;

    /// <summary>Most frames of a stack: the largest value of <c>kernel.perf_event_max_stack</c>.</summary>
    public const uint MostFrames = 640 * 1024;

    private const long ControlBytes = 64;
    private const long Page = 4096;

    /// <summary>Bytes of a frame in a value.</summary>
    public static uint FrameBytesOf(MapFlags flags) => (flags & MapFlags.StackBuildId) != 0 ? BuildIdBytes : sizeof(ulong);

    /// <summary>Stack ids there are: entries, rounded up to a power of two.</summary>
    public static uint Buckets(uint entries) => BitOperations.RoundUpToPowerOf2(entries);

    /// <summary>Places of a map that passed its checks.</summary>
    public static StackLayout For(in MapAttributes map)
    {
        uint buckets = Buckets(map.MaxEntries);
        long table = Align((long)buckets * BucketBytes), covered = table + (2L * buckets * map.ValueSize);
        int shift = ChunkReservation.SparseShift(covered);
        long start = Align(ControlBytes + ChunkReservation.BitmapBytes(covered, shift));
        return new(buckets, FrameBytesOf(map.Flags), map.ValueSize, shift, ControlBytes, start, start + table, covered, Align(start + covered));
    }

    /// <summary>Where one of the two places for a bucket's frames is, counted from the first bucket.</summary>
    public long PlaceOf(uint id, uint half) => FramesOffset - BucketsOffset + ((((long)half * BucketCount) + id) * Stride);

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
