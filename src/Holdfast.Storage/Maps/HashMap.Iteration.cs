using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>Iteration: by key, and by whole buckets.</content>
public sealed unsafe partial class HashMap
{
    private const int StepAttempts = 100;

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        fixed (byte* keyBytes = key, target = next)
        {
            if (keyBytes != null)
            {
                for (int attempt = 0; attempt < StepAttempts; attempt++)
                {
                    uint hash = HashOf(keyBytes);
                    HashElement* element = Find(keyBytes, hash, out uint version);
                    if (element == null)
                        break; // a key that is gone starts over, as in the kernel
                    uint following = Volatile.Read(ref element->Next);
                    if (TryCopyKey(following, hash & _mask, target) is not { } copied || Volatile.Read(ref element->Version) != version)
                        continue;
                    return copied ? 0 : FirstKey((hash & _mask) + 1ul, target);
                }
            }

            return FirstKey(0, target);
        }
    }

    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        LookupBatch(inBatch, outBatch, keys, values, ref count, andDelete, withLock: false);

    /// <inheritdoc/>
    public override int LookupBatchLocked(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        HasValueLock ? LookupBatch(inBatch, outBatch, keys, values, ref count, andDelete, withLock: true) : -(int)Errno.EINVAL;

    private int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete, bool withLock)
    {
        uint room = count;
        count = 0;
        if (BeginWrite() is var failure && failure != Errno.None && (andDelete || withLock))
            return -(int)failure;
        ulong at = inBatch.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(inBatch);
        if (at >= _layout.Buckets)
            return at == 0 ? 0 : -(int)Errno.ENOENT;
        for (at = NextBucket(at); at < _layout.Buckets; at = NextBucket(at + 1))
        {
            failure = TakeBucket((uint)at, keys, values, room, ref count, andDelete, withLock);
            if (failure == Errno.EBUSY)
                return -(int)failure;
            if (failure != Errno.None)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(outBatch, (uint)at);
                return count == 0 ? -(int)Errno.ENOSPC : 0;
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(outBatch, _layout.Buckets);
        return -(int)Errno.ENOENT;
    }

    /// <summary>Copies a bucket's first key from a bucket on.</summary>
    private int FirstKey(ulong from, byte* target)
    {
        // Retries are counted over all buckets: a damaged one fails at each.
        int attempt = 0;
        for (ulong at = NextBucket(from); at < _layout.Buckets; at = NextBucket(at + 1))
        {
            HashBucket* bucket = BucketOf((uint)at);
            for (bool first = true; first || attempt < Attempts; first = false, attempt++)
            {
                if (TryCopyKey(Volatile.Read(ref bucket->Head), (uint)at, target) is { } copied)
                {
                    if (copied)
                        return 0;
                    break;
                }
            }
        }

        return -(int)Errno.ENOENT;
    }

    /// <summary>The first bucket from one on whose memory is there: buckets never straddle two chunks, and an absent one is empty.</summary>
    private ulong NextBucket(ulong from) => (ulong)_chunks.NextReady((long)from << _bucketShift) >> _bucketShift;

    /// <summary>Copies the key that a link leads to.</summary>
    /// <returns>Whether there was one; null if the element was used otherwise meanwhile.</returns>
    private bool? TryCopyKey(uint link, uint bucket, byte* target)
    {
        if (link - 1 >= _allocator.Used)
            return false;
        HashElement* element = Element(link - 1);
        if (!_chunks.IsReady((byte*)element - _buckets, _layout.Stride))
            return false;
        uint version = Volatile.Read(ref element->Version);
        uint hash = Volatile.Read(ref element->Hash);
        Unsafe.CopyBlockUnaligned(target, (byte*)element + _keyOffset, (uint)_keySize);
        Volatile.ReadBarrier();
        bool same = (version & 1) == 0 && Volatile.Read(ref element->Version) == version && (hash & _mask) == bucket;
        return same ? true : null;
    }

    /// <summary>Copies all of a bucket, and deletes it if asked, or nothing if there is no room for all of it.</summary>
    /// <returns>ENOSPC: no room; EBUSY: somebody has kept a value's lock too long.</returns>
    private Errno TakeBucket(uint at, Span<byte> keys, Span<byte> values, uint room, ref uint count, bool andDelete, bool withLock)
    {
        LockPatience patience = default;
        while (true)
        {
            Errno failure = TryTakeBucket(at, keys, values, room, ref count, andDelete, withLock, out uint* busy);
            if (failure != Errno.EAGAIN)
                return failure;
            if (!patience.Wait(busy))
                return Errno.EBUSY;
        }
    }

    /// <summary>As above.</summary>
    /// <returns>EAGAIN besides: a value's lock is held; nothing was done.</returns>
    private Errno TryTakeBucket(uint at, Span<byte> keys, Span<byte> values, uint room, ref uint count, bool andDelete, bool withLock, out uint* busy)
    {
        busy = null;
        HashBucket* bucket = BucketOf(at);
        // A process that may not write reads without the lock: what changes meanwhile may be seen twice or not, as in the kernel.
        bool locked = Leases.Lease != 0;
        if (locked)
            EnterBucket(bucket);
        uint used = _allocator.Used, taken = 0;
        bool fits = true;
        for (uint next = bucket->Head; next - 1 < used && taken <= used; next = Element(next - 1)->Next, taken++)
        {
            fits = count + taken < room;
            if (!fits)
                break;
            HashElement* element = Element(next - 1);
            int place = (int)(count + taken);
            new ReadOnlySpan<byte>((byte*)element + _keyOffset, _keySize).CopyTo(keys[(place * _keySize)..]);
            if (withLock && !TryEnterValue(element))
            {
                SharedLock.Exit(&bucket->Lock);
                busy = LockOf(element);
                return Errno.EAGAIN;
            }

            fixed (byte* target = values.Slice(place * _valueSize, _valueSize))
                CopyOut(element, target);
            if (withLock)
                ExitValue(LockOf(element));
        }

        for (uint left = fits && andDelete ? taken : 0; left > 0 && bucket->Head - 1 < used; left--)
            Unlink(bucket, &bucket->Head);
        if (fits)
            count += taken;
        if (locked)
            SharedLock.Exit(&bucket->Lock);
        return fits ? Errno.None : Errno.ENOSPC;
    }
}
