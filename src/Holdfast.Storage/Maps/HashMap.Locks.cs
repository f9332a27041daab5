using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// BPF_F_LOCK: values with a spin lock are updated in place, so that programs that have their address see it. Order: the stripe's lock, then the value's, for
/// which nobody waits while he has the stripe. The new value is whole in an element of its own, which the stripe names (<see cref="HashStripe.Redo"/>),
/// before the first byte in place changes: a dead updater's stripe is taken over, and the update completed, before anybody gets the value's lock.
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
            failure = EnterEntry(keyBytes, HashOf(keyBytes), withLock: true, out HashStripe* stripe, out HashElement* element, out _);
            if (failure != Errno.None)
                return -(int)failure;
            if (element != null)
            {
                CopyOut(element, target);
                ExitValue(LockOf(element));
            }

            SharedLock.Leave(LockOf(stripe));
            return element == null ? -(int)Errno.ENOENT : 0;
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
        // Whose value it is now. If its holder died in an update of an earlier entry in this memory, that one's stripe was taken over when the memory was given back.
        uint index = (uint)_placement.CountBefore((byte*)word - _elements);
        if (index >= _allocator.Used)
            return;
        HashStripe* stripe = EnterStripe(Element(index)->Hash);
        SharedLock.Leave(LockOf(stripe));
    }

    /// <summary>Locks a key's stripe and finds its element, with its value's lock if that is asked for.</summary>
    /// <returns>EBUSY, with nothing locked: somebody living has kept the value's lock too long.</returns>
    private Errno EnterEntry(byte* key, uint hash, bool withLock, out HashStripe* stripe, out HashElement* element, out uint* link)
    {
        LockPatience patience = default;
        while (true)
        {
            stripe = EnterStripe(hash);
            element = FindLocked(key, hash, out link);
            if (!withLock || element == null || TryEnterValue(element))
                return Errno.None;
            uint* word = LockOf(element);
            SharedLock.Leave(LockOf(stripe));

            // The element may be another's by now; its memory stays.
            if (!patience.Wait(word))
                return Errno.EBUSY;
        }
    }

    /// <summary>Takes a value's lock unless somebody living has it. The stripe is locked, so what a dead holder had begun is complete.</summary>
    private bool TryEnterValue(HashElement* element) => SharedLock.TryEnter(LockOf(element), Leases, out _);

    /// <summary>Replaces a value's data in place. Stripe and value are locked.</summary>
    private Errno Overwrite(HashStripe* stripe, HashElement* element, byte* key, byte* value, uint hash)
    {
        Errno failure = _allocator.Take(entry: false, out uint index);
        if (failure != Errno.None)
            return failure;
        HashElement* source = Fill(index, 0, key, value, hash, _isDurable ? EpochOf(element) : 0);
        if (_isDurable)
            MarkLoose(element);
        // A death before this store: nothing has changed. From it on the update is done, whoever completes it.
        Interlocked.Exchange(ref stripe->Redo, index + 1);
        _fields!.Copy((byte*)source + _valueOffset, (byte*)element + _valueOffset);
        // The value is whole. A death before this store only has the same bytes copied once more.
        Interlocked.Exchange(ref stripe->Redo, 0);
        _allocator.Give(index, entry: false);
        return Errno.None;
    }

    /// <summary>
    /// Completes an update in place whose writer died. The stripe is locked. The element that holds the new value still is that writer's: who gives
    /// dead writers' elements back (<see cref="Judge"/>) takes this stripe over first.
    /// </summary>
    private void CompleteRedo(HashStripe* stripe)
    {
        uint index = Volatile.Read(ref stripe->Redo) - 1;
        if (_fields == null || index == uint.MaxValue)
            return;
        if (index < _allocator.Used && _elementChunks.IsReady((byte*)Element(index) - _elements, _stride))
        {
            HashElement* source = Element(index), element = FindLocked((byte*)source + _keyOffset, source->Hash, out _);
            if (element != null && element != source)
            {
                if (_isDurable)
                    MarkLoose(element);
                _fields.Copy((byte*)source + _valueOffset, (byte*)element + _valueOffset);
            }
        }

        Interlocked.Exchange(ref stripe->Redo, 0);
    }

    /// <summary>As above, after a restart of the machine: pages may be of different moments, so only if the element proves to hold what was written there.</summary>
    private void RecoverRedo(HashStripe* stripe)
    {
        if (_fields == null || stripe->Redo == 0)
            return;
        uint index = stripe->Redo - 1;
        bool isTrusted = index < _allocator.Used && IsTrusted(index) && StripeOf(Element(index)->Hash) == stripe
            && (!_isDurable || Element(index)->Check == CheckOf(Element(index), Element(index)->Version));
        if (!isTrusted)
            stripe->Redo = 0;
        CompleteRedo(stripe);
    }

    private void CopyOut(HashElement* element, byte* target)
    {
        Copy((byte*)element + _layout.ValueOffset, target, _valueSize);
        _fields?.Hide(new Span<byte>(target, _valueSize));
    }

    // Safe: the offset was checked against the value size when the shape was read. Aligned: values are at multiples of 8.
    private uint* LockOf(HashElement* element) => (uint*)((byte*)element + _valueOffset + _fields!.LockOffset);
}
