using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>Iteration: by key, and by whole buckets.</content>
public sealed unsafe partial class HashMap
{
    private const int StepAttempts = 100;

    /// <summary>In a token: the second half of the range that it names.</summary>
    private const uint SecondHalf = 1u << 31;

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
                    uint count = CountBuckets();
                    if (TryCopyKey(&element->Next, BucketOf(hash, count), count, target) is not { } copied || Volatile.Read(ref element->Version) != version)
                        continue;
                    // The count now, not the one before the chain ended here: what a split took away meanwhile lies behind this bucket.
                    count = CountBuckets();
                    return copied ? 0 : FirstKey(Behind(BucketOf(hash, count), count), target);
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
        ulong position = inBatch.IsEmpty ? 0 : PositionOf(BinaryPrimitives.ReadUInt32LittleEndian(inBatch));
        while (TryFindBucket(ref position, CountBuckets(), out uint bucket))
        {
            failure = TakeBucket(ref position, bucket, keys, values, room, ref count, andDelete, withLock);
            if (failure == Errno.EBUSY)
                return -(int)failure;
            if (failure != Errno.None)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(outBatch, TokenOf(position));
                return count == 0 ? -(int)Errno.ENOSPC : 0;
            }
        }

        BinaryPrimitives.WriteUInt32LittleEndian(outBatch, TokenOf(ulong.MaxValue));
        return -(int)Errno.ENOENT;
    }

    /// <summary>
    /// A position as user space carries it: as in the kernel the number of a bucket, of which there as many as entries, rounded up to a power of two, with that number for the end. A map that
    /// grows has up to twice as many.
    /// </summary>
    private uint TokenOf(ulong position)
    {
        if (_isSparse)
            return (uint)Math.Min(position, _layout.Buckets);
        int bits = BitOperations.Log2(_layout.TokenBuckets);
        if (position > uint.MaxValue)
            return _layout.TokenBuckets;
        return (uint)(position >> (32 - bits)) | ((position & (1ul << (31 - bits))) != 0 ? SecondHalf : 0);
    }

    /// <summary>Any token is a position; what is no bucket's is the end.</summary>
    private ulong PositionOf(uint token)
    {
        if (_isSparse)
            return token;
        int bits = BitOperations.Log2(_layout.TokenBuckets);
        ulong bucket = token & ~SecondHalf;
        if (bucket >= _layout.TokenBuckets || (token & SecondHalf & _layout.TokenBuckets) != 0)
            return ulong.MaxValue;
        return (bucket << (32 - bits)) | (token < SecondHalf ? 0 : 1ul << (31 - bits));
    }

    /// <summary>Copies the first key at or behind a position.</summary>
    private int FirstKey(ulong position, byte* target)
    {
        // Retries are counted over all buckets: a damaged one fails at each.
        for (int attempt = 0; ;)
        {
            uint count = CountBuckets();
            if (!TryFindBucket(ref position, count, out uint bucket))
                return -(int)Errno.ENOENT;
            bool? copied = TryCopyKey(&BucketAt(bucket)->Head, bucket, count, target);
            if (copied == true)
                return 0;
            bool isSplit = LevelOf(bucket, CountBuckets()) != LevelOf(bucket, count);
            if ((copied is not null && !isSplit) || attempt++ >= Attempts)
                position = Behind(bucket, count);
        }
    }

    /// <summary>
    /// Entries are gone through in an order that no split changes: that of their hashes read backwards, of which each bucket has a range, and each chain its own order. So what is there
    /// all the time is met once, however many buckets are added. Buckets that don't grow are gone through by their numbers.
    /// </summary>
    /// <param name="position">Where to go on; moved over buckets whose memory isn't there, which are empty.</param>
    /// <param name="count">The number of buckets.</param>
    /// <param name="bucket">The bucket that has the position.</param>
    /// <returns>False: the end.</returns>
    private bool TryFindBucket(ref ulong position, uint count, out uint bucket)
    {
        if (_isSparse && position < _layout.Buckets)
            position = (ulong)_bucketChunks.NextReady((long)position << _bucketShift) >> _bucketShift;
        bucket = _isSparse ? (uint)position : BucketOf(Backwards((uint)position), count);
        return position < (_isSparse ? _layout.Buckets : 1ul << 32);
    }

    /// <summary>The first position behind a bucket.</summary>
    private ulong Behind(uint bucket, uint count) => _isSparse ? bucket + 1ul : Backwards(bucket) + (1ul << (32 - LevelOf(bucket, count)));

    private static uint Backwards(uint bits)
    {
        bits = ((bits >> 1) & 0x5555_5555) | ((bits & 0x5555_5555) << 1);
        bits = ((bits >> 2) & 0x3333_3333) | ((bits & 0x3333_3333) << 2);
        bits = ((bits >> 4) & 0x0f0f_0f0f) | ((bits & 0x0f0f_0f0f) << 4);
        return BinaryPrimitives.ReverseEndianness(bits);
    }

    /// <summary>Copies the key that a link leads to.</summary>
    /// <returns>Whether there was one of this bucket; null if the element was used otherwise meanwhile.</returns>
    private bool? TryCopyKey(uint* link, uint bucket, uint count, byte* target)
    {
        uint next = Volatile.Read(ref *link);
        if (next - 1 >= _allocator.Used)
            return false;
        HashElement* element = Element(next - 1);
        if (!_elementChunks.IsReady((byte*)element - _elements, _stride))
            return false;
        uint version = Volatile.Read(ref element->Version);
        uint hash = Volatile.Read(ref element->Hash);
        Unsafe.CopyBlockUnaligned(target, (byte*)element + _keyOffset, (uint)_keySize);
        Volatile.ReadBarrier();
        if ((version & 1) != 0 || Volatile.Read(ref element->Version) != version)
            return null;
        if (BucketOf(hash, count) == bucket)
            return true;
        // While a bucket is split, it still leads to what is the new one's: its chain ends here. Otherwise the link leads elsewhere by now.
        return Volatile.Read(ref *link) == next ? false : null;
    }

    /// <summary>Copies all of a bucket, and deletes it if asked, or nothing if there is no room for all of it.</summary>
    /// <returns>ENOSPC: no room; EBUSY: somebody has kept a value's lock too long.</returns>
    private Errno TakeBucket(ref ulong position, uint bucket, Span<byte> keys, Span<byte> values, uint room, ref uint count, bool andDelete, bool withLock)
    {
        LockPatience patience = default;
        for (int attempt = 0; ;)
        {
            Errno failure = TryTakeBucket(ref position, bucket, keys, values, room, ref count, andDelete, withLock, out uint* busy);
            if (failure != Errno.EAGAIN)
                return failure;
            if (busy == null ? attempt++ >= BucketAttempts : !patience.Wait(busy))
                return Errno.EBUSY;
        }
    }

    /// <summary>As above.</summary>
    /// <returns>EAGAIN besides: a value's lock is held, or writers were at work and this process may not lock; nothing was done.</returns>
    private Errno TryTakeBucket(
        ref ulong position, uint bucket, Span<byte> keys, Span<byte> values, uint room, ref uint count, bool andDelete, bool withLock, out uint* busy)
    {
        busy = null;
        bool locked = Leases.Lease != 0;
        HashStripe* stripe = locked ? EnterStripe(bucket) : StripeOf(bucket);
        uint unlinks = Volatile.Read(ref stripe->Unlinks);

        // It may have been split meanwhile; the stripe stays the same.
        uint buckets = CountBuckets();
        _ = TryFindBucket(ref position, buckets, out bucket);
        uint used = _allocator.Used, taken = 0, next;
        bool fits = true;
        uint* link = &BucketAt(bucket)->Head;
        for (; (next = Volatile.Read(ref *link) - 1) < used && taken <= used && BucketOf(Element(next)->Hash, buckets) == bucket; taken++)
        {
            HashElement* element = Element(next);
            link = &element->Next;
            fits = count + taken < room;
            if (!fits)
                break;
            int place = (int)(count + taken);
            new ReadOnlySpan<byte>((byte*)element + _keyOffset, _keySize).CopyTo(keys[(place * _keySize)..]);
            if (withLock && !TryEnterValue(element))
            {
                SharedLock.Leave(LockOf(stripe));
                busy = LockOf(element);
                return Errno.EAGAIN;
            }

            fixed (byte* target = values.Slice(place * _valueSize, _valueSize))
                CopyOut(element, target);
            if (withLock)
                ExitValue(LockOf(element));
        }

        Volatile.ReadBarrier();
        if (!locked && Volatile.Read(ref stripe->Unlinks) != unlinks)
            return Errno.EAGAIN;
        for (uint left = fits && andDelete ? taken : 0; left > 0 && (next = Volatile.Read(ref BucketAt(bucket)->Head) - 1) < used; left--)
            Unlink(stripe, &BucketAt(bucket)->Head, Element(next));
        if (fits)
        {
            count += taken;
            position = Behind(bucket, buckets);
        }

        if (locked)
            SharedLock.Leave(LockOf(stripe));
        return fits ? Errno.None : Errno.ENOSPC;
    }
}
