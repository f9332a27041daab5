using System.Buffers.Binary;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Stacks;

namespace Holdfast.Storage.Checking;

/// <summary>Looks into a stack trace map: each bucket's frames are in memory that is there and have the bucket's hash, and the number of stacks is right.</summary>
internal static class StackTraceInspection
{
    private const int ControlBytes = 16;
    private const int PageBuckets = 4096 / StackLayout.BucketBytes;

    /// <summary>Looks.</summary>
    public static void Run(MapInspection map, in MapAttributes attributes)
    {
        StackLayout layout = StackLayout.For(attributes);
        byte[] control = new byte[ControlBytes];
        map.Read(0, control);
        uint owner = BinaryPrimitives.ReadUInt32LittleEndian(control.AsSpan(StackLayout.LockOffset));
        map.CheckLock(owner, "who adds and removes stacks");
        ChunkInspection chunks = new(map, layout.BitmapOffset, layout.BucketsOffset, layout.Covered, layout.ChunkShift);
        chunks.CheckUnmarked();
        (uint found, ulong digest) = Walk(map, layout, chunks, judges: true);
        uint counted = BinaryPrimitives.ReadUInt32LittleEndian(control.AsSpan(StackLayout.CountOffset));
        if (owner != 0 || counted == found || map.IsFull)
            return;

        // A stack that comes or goes changes its bucket: if none did, the number was the buckets'.
        byte[] after = new byte[ControlBytes];
        bool isStill = Walk(map, layout, chunks, judges: false).Digest == digest;
        map.Read(0, after);
        if (isStill && control.AsSpan().SequenceEqual(after))
            map.Add($"it counts {counted} stacks and has {found}", counted > found ? "it is full too early" : "it takes more stacks than it is for", $"{counted} {found}");
    }

    private static (uint Found, ulong Digest) Walk(MapInspection map, in StackLayout layout, ChunkInspection chunks, bool judges)
    {
        uint found = 0;
        ulong digest = 0;
        byte[] buckets = new byte[PageBuckets * StackLayout.BucketBytes], value = new byte[layout.Stride];
        long end = (long)layout.BucketCount * StackLayout.BucketBytes;
        for (long at = 0; at < end; at += buckets.Length)
        {
            at = map.NextContent(layout.BucketsOffset + at) - layout.BucketsOffset;
            if (at < 0 || at >= end)
                break;
            at &= ~(buckets.Length - 1L);
            Span<byte> page = buckets.AsSpan(0, (int)Math.Min(buckets.Length, end - at));
            if (!chunks.IsReady(at, page.Length))
                continue;
            map.Read(layout.BucketsOffset + at, page);
            digest = ContentDigest.PartOf(digest, (ulong)at, page);
            for (int place = 0; place < page.Length; place += StackLayout.BucketBytes)
            {
                Span<byte> bucket = page.Slice(place, StackLayout.BucketBytes);
                StackState state = new(BinaryPrimitives.ReadUInt64LittleEndian(bucket));
                if (state.IsEmpty)
                    continue;
                found++;
                if (judges)
                    CheckBucket(map, layout, chunks, at + place, bucket, value);
            }
        }

        return (found, digest);
    }

    private static void CheckBucket(MapInspection map, in StackLayout layout, ChunkInspection chunks, long place, ReadOnlySpan<byte> bucket, Span<byte> value)
    {
        uint id = (uint)(place / StackLayout.BucketBytes);
        StackState state = new(BinaryPrimitives.ReadUInt64LittleEndian(bucket));
        long frames = layout.PlaceOf(id, state.Half);
        bool isThere = chunks.IsReady(frames, layout.Stride);
        if (isThere)
            map.Read(layout.BucketsOffset + frames, value);
        if (isThere && StackFrames.AreOf(layout, id, state, value))
            return;

        // The bucket changes before the frames of its place do: if it stood still, so did they.
        Span<byte> now = stackalloc byte[StackLayout.BucketBytes];
        map.Read(layout.BucketsOffset + place, now);
        if (!now.SequenceEqual(bucket))
            return;
        if (isThere)
            map.Add($"the frames of stack {id} are not those of its hash", "programs get its id for another stack, or note theirs in its place", $"stack {id} {state.Word:x}", isStructural: true);
        else
            map.Add($"the frames of stack {id} are in memory that isn't there", "they read as zeros", $"stack {id} {state.Word:x}", isStructural: true);
    }
}
