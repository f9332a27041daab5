using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// BPF_F_LOCK: values with a spin lock are updated in place, so that programs that have their address see it. Order: the bucket's lock, then the value's, for
/// which nobody waits while he has the bucket. The new value is whole in an element of its own, which the bucket names (<see cref="HashBucket.Redo"/>),
/// before the first byte in place changes: a dead updater's bucket is taken over, and the update completed, before anybody gets the value's lock.
/// </content>
public sealed unsafe partial class HashMap
{
    /// <inheritdoc/>
    public override int LookupLocked(ReadOnlySpan<byte> key, Span<byte> value)
    {
        if (!HasValueLock)
            return -(int)Errno.EINVAL;
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return -(int)failure;
        fixed (byte* keyBytes = key, target = value)
        {
            uint hash = HashOf(keyBytes);
            if (!_chunks.IsReady((long)(hash & _mask) << _bucketShift, HashLayout.BucketBytes))
                return -(int)Errno.ENOENT;
            HashBucket* bucket = BucketOf(hash);
            failure = EnterEntry(bucket, keyBytes, hash, withLock: true, out uint* link);
            if (failure != Errno.None)
                return -(int)failure;
            if (link != null)
            {
                CopyOut(Element(*link - 1), target);
                ExitValue(LockOf(Element(*link - 1)));
            }

            SharedLock.Exit(&bucket->Lock);
            return link == null ? -(int)Errno.ENOENT : 0;
        }
    }

    /// <inheritdoc/>
    public override int LookupAndDeleteLocked(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* keyBytes = key, target = value)
        {
            return HasValueLock ? Remove(keyBytes, target, withLock: true) : -(int)Errno.EINVAL;
        }
    }

    /// <inheritdoc/>
    private protected override void SettleValue(uint* word)
    {
        // Whose value it is now. If its holder died in an update of an earlier entry in this memory, that one's bucket was taken over when the memory was given back.
        uint index = (uint)_placement.CountBefore((byte*)word - _elements);
        if (index >= _allocator.Used)
            return;
        uint hash = Element(index)->Hash;
        if (!_chunks.IsReady((long)(hash & _mask) << _bucketShift, HashLayout.BucketBytes))
            return;
        EnterBucket(BucketOf(hash));
        SharedLock.Exit(&BucketOf(hash)->Lock);
    }

    /// <summary>Locks a bucket and finds a key in it, with its value's lock if that is asked for.</summary>
    /// <returns>EBUSY, with nothing locked: somebody living has kept the value's lock too long.</returns>
    private Errno EnterEntry(HashBucket* bucket, byte* key, uint hash, bool withLock, out uint* link)
    {
        LockPatience patience = default;
        while (true)
        {
            EnterBucket(bucket);
            link = FindLink(bucket, key, hash);
            if (!withLock || link == null || TryEnterValue(Element(*link - 1)))
                return Errno.None;
            uint* word = LockOf(Element(*link - 1));
            SharedLock.Exit(&bucket->Lock);

            // The element may be another's by now; its memory stays.
            if (!patience.Wait(word))
                return Errno.EBUSY;
        }
    }

    /// <summary>Takes a value's lock unless somebody living has it. The bucket is locked, so what a dead holder had begun is complete.</summary>
    private bool TryEnterValue(HashElement* element) => SharedLock.TryEnter(LockOf(element), Leases, out _);

    /// <summary>Replaces a value's data in place. Bucket and value are locked.</summary>
    private Errno Overwrite(HashBucket* bucket, HashElement* element, byte* key, byte* value, uint hash)
    {
        Errno failure = _allocator.Take(entry: false, out uint index);
        if (failure != Errno.None)
            return failure;
        HashElement* source = Fill(index, 0, key, value, hash, _isDurable ? EpochOf(element) : 0);
        if (_isDurable)
            MarkLoose(element);
        // A death before this store: nothing has changed. From it on the update is done, whoever completes it.
        Interlocked.Exchange(ref bucket->Redo, index + 1);
        _fields!.Copy((byte*)source + _valueOffset, (byte*)element + _valueOffset);
        // The value is whole. A death before this store only has the same bytes copied once more.
        Interlocked.Exchange(ref bucket->Redo, 0);
        _allocator.Give(index, entry: false);
        return Errno.None;
    }

    /// <summary>
    /// Completes an update in place whose writer died. The bucket is locked. The element that holds the new value still is that writer's: who gives
    /// dead writers' elements back (<see cref="Judge"/>) takes this bucket over first.
    /// </summary>
    private void CompleteRedo(HashBucket* bucket)
    {
        if (_fields == null || bucket->Redo == 0)
            return;
        uint index = bucket->Redo - 1;
        if (index < _allocator.Used && _chunks.IsReady((byte*)Element(index) - _buckets, _stride))
        {
            HashElement* source = Element(index);
            uint* link = FindLink(bucket, (byte*)source + _keyOffset, source->Hash);
            if (link != null && *link - 1 != index)
            {
                if (_isDurable)
                    MarkLoose(Element(*link - 1));
                _fields.Copy((byte*)source + _valueOffset, (byte*)Element(*link - 1) + _valueOffset);
            }
        }

        Interlocked.Exchange(ref bucket->Redo, 0);
    }

    /// <summary>As above, after a restart of the machine: pages may be of different moments, so only if the element proves to hold what was written there.</summary>
    private void RecoverRedo(HashBucket* bucket, uint at)
    {
        if (_fields == null || bucket->Redo == 0)
            return;
        uint index = bucket->Redo - 1;
        bool isTrusted = index < _allocator.Used && IsTrusted(index, at) && (!_isDurable || Element(index)->Check == CheckOf(Element(index), Element(index)->Version));
        if (!isTrusted)
            bucket->Redo = 0;
        CompleteRedo(bucket);
    }

    private void CopyOut(HashElement* element, byte* target)
    {
        Copy((byte*)element + _layout.ValueOffset, target, _valueSize);
        _fields?.Hide(new Span<byte>(target, _valueSize));
    }

    // Safe: the offset was checked against the value size when the shape was read. Aligned: values are at multiples of 8.
    private uint* LockOf(HashElement* element) => (uint*)((byte*)element + _valueOffset + _fields!.LockOffset);
}
