using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>Reading all entries, bucket by bucket.</content>
public sealed unsafe partial class HashMap
{
    private const int BucketAttempts = 1000;

    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        return ReadEntriesOf(uint.MaxValue, visitor);
    }

    /// <inheritdoc/>
    private protected override uint BeginEpoch() => _allocator.BeginEpoch();

    /// <inheritdoc/>
    private protected override Errno ReadEntriesOf(uint epoch, EntryVisitor visitor)
    {
        byte[] buffer = [];
        ulong position = 0;
        while (TryFindBucket(ref position, CountBuckets(), out uint bucket))
        {
            Errno failure = CopyBucket(ref position, bucket, epoch, ref buffer, out int count);
            int size = _keySize + _valueSize;
            for (int index = 0; index < count && failure == Errno.None; index++)
                failure = visitor(buffer.AsSpan(index * size, _keySize), buffer.AsSpan((index * size) + _keySize, _valueSize));
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    /// <summary>
    /// Copies the bucket at a position as it was at one moment, and moves the position behind it: every entry that was there throughout, each once. Without the lock while
    /// that works, so that a reader of large values keeps no writer waiting.
    /// </summary>
    /// <returns>E2BIG: more than an array holds; EAGAIN: writers never rest, and this process may not lock.</returns>
    private Errno CopyBucket(ref ulong position, uint bucket, uint epoch, ref byte[] buffer, out int count)
    {
        HashStripe* stripe = StripeOf(bucket);
        for (int attempt = 0; attempt < BucketAttempts; attempt++)
        {
            // In this order: whoever splits the bucket that the count names counts an unlinking before he cuts its chain.
            uint unlinks = Volatile.Read(ref stripe->Unlinks);
            uint buckets = CountBuckets();
            _ = TryFindBucket(ref position, buckets, out bucket);
            Errno failure = TryCopyChain(bucket, buckets, epoch, ref buffer, out count, out bool whole);
            if (failure != Errno.None)
                return failure;
            Volatile.ReadBarrier();

            // No element left the bucket meanwhile, so none that was passed over.
            if (whole && Volatile.Read(ref stripe->Unlinks) == unlinks)
            {
                position = Behind(bucket, buckets);
                return Errno.None;
            }
        }

        count = 0;
        if (BeginWrite() != Errno.None)
            return Errno.EAGAIN;
        stripe = EnterStripe(bucket);
        uint now = CountBuckets();
        _ = TryFindBucket(ref position, now, out bucket);
        Errno result = TryCopyChain(bucket, now, epoch, ref buffer, out count, out _);
        SharedLock.Leave(LockOf(stripe));
        position = Behind(bucket, now);
        return result;
    }

    private Errno TryCopyChain(uint bucket, uint buckets, uint epoch, ref byte[] buffer, out int count, out bool whole)
    {
        uint used = _allocator.Used;
        int size = _keySize + _valueSize;
        count = 0;
        whole = false;
        uint steps = 0;
        for (uint next = Volatile.Read(ref BucketAt(bucket)->Head); next != 0; steps++)
        {
            HashElement* element = Element(next - 1);

            // A link that no writer makes ends the bucket, as it does for lookups. So does a chain longer than the map.
            if (next - 1 >= used || !_elementChunks.IsReady((byte*)element - _elements, _stride) || steps >= used)
                break;
            long needed = (count + 1L) * size;
            if (needed > buffer.Length)
            {
                if (needed > Array.MaxLength)
                    return Errno.E2BIG;
                Array.Resize(ref buffer, (int)Math.Min(Array.MaxLength, needed * 2));
            }

            uint version = Volatile.Read(ref element->Version);
            fixed (byte* target = &buffer[count * size])
            {
                Unsafe.CopyBlockUnaligned(target, (byte*)element + _keyOffset, (uint)_keySize);
                Copy((byte*)element + _valueOffset, target + _keySize, _valueSize);
                _fields?.Hide(new Span<byte>(target + _keySize, _valueSize));
            }

            next = Volatile.Read(ref element->Next);
            bool isLater = _isDurable && EpochOf(element) > epoch;
            bool isForeign = BucketOf(Volatile.Read(ref element->Hash), buckets) != bucket;
            Volatile.ReadBarrier();
            if ((version & 1) != 0 || Volatile.Read(ref element->Version) != version)
                return Errno.None;
            count += isLater || isForeign ? 0 : 1;
        }

        whole = true;
        return Errno.None;
    }
}
