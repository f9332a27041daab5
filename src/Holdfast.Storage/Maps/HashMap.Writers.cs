using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>Writers, and the repair of what dead ones left.</content>
public sealed unsafe partial class HashMap
{
    private const int RepairPause = 100; // ms

    private long _nextRepair;

    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            return Update(keyBytes, valueBytes, flags);
        }
    }

    /// <summary>Creates or replaces an entry, for programs.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <param name="value">Value, of the map's value size.</param>
    /// <param name="flags">Create, replace, or both.</param>
    /// <returns>Zero; EEXIST, ENOENT as the flags ask; E2BIG: full; of an LRU map ENOMEM: full, and nothing can be evicted; ENOSPC: the file system is.</returns>
    public int Update(byte* key, byte* value, UpdateFlags flags)
    {
        if ((flags & ~UpdateFlags.Lock) > UpdateFlags.Exist || ((flags & UpdateFlags.Lock) != 0 && !HasValueLock))
            return -(int)Errno.EINVAL;
        uint hash = HashOf(key);
        Errno failure = TryUpdate(key, value, hash, flags);
        if (failure == Errno.E2BIG && _isLru)
            failure = UpdateEvicting(key, value, hash, flags);
        if (failure == Errno.E2BIG && RepairIfDue())
            failure = TryUpdate(key, value, hash, flags);

        return failure == Errno.E2BIG && _isLru ? -(int)Errno.ENOMEM : -(int)failure;
    }

    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key)
    {
        fixed (byte* keyBytes = key)
        {
            return Remove(keyBytes, null, withLock: false);
        }
    }

    /// <summary>Deletes an entry, for programs.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <returns>Zero, or ENOENT.</returns>
    public int Delete(byte* key) => Remove(key, null, withLock: false);

    /// <inheritdoc/>
    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* keyBytes = key, target = value)
        {
            return Remove(keyBytes, target, withLock: false);
        }
    }

    /// <summary>
    /// Judges every element that a dead writer left between its states, queues what is free and counts the entries. Anybody may run
    /// it at any time.
    /// </summary>
    public void Repair()
    {
        if (BeginWrite() != Errno.None)
            return;
        uint used = _allocator.Used;
        // Chains are a few elements long; in a damaged file each may be as long as the map.
        long steps = 4096 + (64L * used);
        for (uint index = 0; index < used && steps > 0; index++)
        {
            uint state = Volatile.Read(ref Element(index)->State);
            if (state is not (HashElement.Free or HashElement.Linked) && Leases.IsDead(state & ~HashElement.CountsAsEntry))
                Judge(index, state, ref steps);
        }

        _allocator.Rebuild();
    }

    /// <summary>Judges what dead writers left, and takes over the locks that they had.</summary>
    internal void ReleaseLocks()
    {
        Repair();
        for (uint at = 0; at < _layout.Stripes && BeginWrite() == Errno.None; at++)
            SharedLock.Leave(&EnterStripe(at)->Lock);
    }

    /// <summary>For a map that is full, or full of what dead writers left. Looking takes a walk over all elements, so not at every attempt.</summary>
    private bool RepairIfDue()
    {
        if (Environment.TickCount64 < Volatile.Read(ref _nextRepair))
            return false;
        Volatile.Write(ref _nextRepair, Environment.TickCount64 + RepairPause);
        Repair();
        return true;
    }

    private Errno TryUpdate(byte* key, byte* value, uint hash, UpdateFlags flags)
    {
        Errno failure = BeginWrite();
        if (failure == Errno.None && _isSparse)
            failure = _bucketChunks.Ensure((long)BucketOf(hash, _known) << _bucketShift, HashLayout.BucketBytes);
        if (failure != Errno.None)
            return failure;
        bool inPlace = (flags & UpdateFlags.Lock) != 0;
        flags &= ~UpdateFlags.Lock;
        failure = EnterEntry(key, hash, inPlace, out HashStripe* stripe, out HashElement* element, out uint* link);
        if (failure != Errno.None)
            return failure;
        failure = element == null
            ? flags == UpdateFlags.Exist ? Errno.ENOENT : Insert(stripe, link, key, value, hash)
            : flags == UpdateFlags.NoExist ? Errno.EEXIST
            : inPlace ? Overwrite(stripe, element, key, value, hash)
            : _replacesInPlace ? ReplaceInPlace(element, value) : Replace(stripe, link, element, key, value, hash);
        if (inPlace && element != null)
            ExitValue(LockOf(element));
        SharedLock.Leave(LockOf(stripe));
        if (element == null && failure == Errno.None)
            Grow();
        return failure;
    }

    private Errno Insert(HashStripe* stripe, uint* link, byte* key, byte* value, uint hash)
    {
        Errno failure = _allocator.Take(entry: true, out uint index);
        if (failure != Errno.None)
            return failure;
        HashElement* element = Fill(index, *link, key, value, hash, _allocator.Epoch);
        BeginChange(stripe, hash, added: element, removed: null);
        // The entry is there from this store on. A death before it: Repair finds the element unreached and gives it back.
        Volatile.Write(ref *link, index + 1);
        EndChange(hash);
        Volatile.Write(ref element->State, HashElement.Linked);
        return Errno.None;
    }

    /// <summary>
    /// One aligned store is the whole update: a reader sees the old value or the new one, and so does whoever comes after a death before or after
    /// it. The bucket's lock keeps the element this key's until then. What programs store through a pointer at the same time comes before or after it.
    /// </summary>
    private Errno ReplaceInPlace(HashElement* element, byte* value)
    {
        if (_isLru)
            MarkReferenced(element);
        byte* place = (byte*)element + _valueOffset;
        if (_valueSize == sizeof(ulong))
            Volatile.Write(ref *(ulong*)place, Unsafe.ReadUnaligned<ulong>(value));
        else
            Volatile.Write(ref *(uint*)place, Unsafe.ReadUnaligned<uint>(value));
        return Errno.None;
    }

    private Errno Replace(HashStripe* stripe, uint* link, HashElement* old, byte* key, byte* value, uint hash)
    {
        Errno failure = _allocator.Take(entry: false, out uint index);
        if (failure != Errno.None)
            return failure;
        // The entry is as old as it was: a replacement is no insertion.
        HashElement* element = Fill(index, old->Next, key, value, hash, _isDurable ? EpochOf(old) : 0);
        if (_isLru)
            MarkReferenced(element);
        BeginChange(stripe, hash, added: element, removed: old);
        // A death before the link changes: Repair finds the old element reached and the new one not. After it: the reverse.
        Volatile.Write(ref old->State, Leases.Lease | HashElement.CountsAsEntry);
        Volatile.Write(ref stripe->Unlinks, stripe->Unlinks + 1);
        Volatile.Write(ref *link, index + 1);
        EndChange(hash);
        _allocator.GiveReplaced(IndexOf(old), index);
        return Errno.None;
    }

    private int Remove(byte* key, byte* value, bool withLock)
    {
        if (BeginWrite() is var failure && failure != Errno.None)
            return -(int)failure;
        failure = EnterEntry(key, HashOf(key), withLock, out HashStripe* stripe, out HashElement* element, out uint* link);
        if (failure != Errno.None)
            return -(int)failure;
        if (element != null)
        {
            if (value != null)
                CopyOut(element, value);
            Unlink(stripe, link, element);
            if (withLock)
                ExitValue(LockOf(element));
        }

        SharedLock.Leave(LockOf(stripe));
        return element == null ? -(int)Errno.ENOENT : 0;
    }

    private void Unlink(HashStripe* stripe, uint* link, HashElement* old)
    {
        TakeOut(stripe, link, old);
        _allocator.Give(IndexOf(old), entry: true);
    }

    /// <summary>Takes an element out of its bucket; it is this process's until it is given back.</summary>
    private void TakeOut(HashStripe* stripe, uint* link, HashElement* old)
    {
        uint hash = old->Hash;
        BeginChange(stripe, hash, added: null, removed: old);
        // A death before the link changes: Repair finds the element reached, and it stays. After it: Repair gives it back.
        Volatile.Write(ref old->State, Leases.Lease | HashElement.CountsAsEntry);
        Volatile.Write(ref stripe->Unlinks, stripe->Unlinks + 1);
        Volatile.Write(ref *link, old->Next);
        EndChange(hash);
    }

    /// <summary>Fills an element that nobody can reach yet.</summary>
    private HashElement* Fill(uint index, uint next, byte* key, byte* value, uint hash, uint epoch)
    {
        HashElement* element = Element(index);
        element->Next = next;
        element->Hash = hash;
        if (_isLru)
            *(ulong*)((byte*)element + _keyOffset - HashLayout.ReferenceBytes) = 0;
        Buffer.MemoryCopy(key, (byte*)element + _keyOffset, _keySize, _keySize);
        // The lock word stays: a program may hold it that was given this memory when it was another entry's.
        if (_fields == null)
            Buffer.MemoryCopy(value, (byte*)element + _layout.ValueOffset, _valueSize, _valueSize);
        else
            _fields.Copy(value, (byte*)element + _layout.ValueOffset);
        if (_isDurable)
        {
            SetEpoch(element, epoch);
            element->Check = CheckOf(element, element->Version + 1);
        }

        // Even from here on: a reader that still holds a stale link to it may read it, all of it.
        Volatile.Write(ref element->Version, element->Version + 1);
        return element;
    }

    /// <summary>Finds a key's element. The stripe is locked.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="link">The link (in the bucket or in an element) that leads to it or, if there is none, to which it belongs; null if the bucket's memory isn't there.</param>
    private HashElement* FindLocked(byte* key, uint hash, out uint* link)
    {
        uint used = _allocator.Used, bucket = BucketOf(hash, CountBuckets()), next;
        link = IsBucketReady(bucket) ? &BucketAt(bucket)->Head : null;
        for (uint steps = 0; link != null && (next = Volatile.Read(ref *link) - 1) < used && steps <= used; steps++)
        {
            HashElement* element = Element(next);
            uint other = element->Hash;
            if (other == hash && KeyEquals((byte*)element + _keyOffset, key))
                return element;
            if (IsBehind(other, hash))
                break;
            link = &element->Next;
        }

        return null;
    }

    private void Judge(uint index, uint state, ref long steps)
    {
        HashElement* element = Element(index);
        uint hash = element->Hash;
        if (_isSparse && _bucketChunks.Ensure((long)BucketOf(hash, _known) << _bucketShift, HashLayout.BucketBytes) != Errno.None)
            return;
        HashStripe* stripe = EnterStripe(hash);
        // Claimed by this store: of two that repair at once, and of deaths while repairing, one judges.
        uint mine = Leases.Lease | (state & HashElement.CountsAsEntry);
        if (Interlocked.CompareExchange(ref element->State, mine, state) == state)
        {
            // Where it can't be told, the element is not given to somebody else.
            if (LinkTo(hash, index, ref steps) != null || steps <= 0)
                Volatile.Write(ref element->State, HashElement.Linked);
            else
                _allocator.Give(index, entry: false);
        }

        SharedLock.Leave(LockOf(stripe));
    }

    /// <summary>The link that leads to an element, in the bucket of a hash; null if none does. The stripe is locked.</summary>
    private uint* LinkTo(uint hash, uint index, ref long steps)
    {
        uint used = _allocator.Used, next;
        uint* link = &BucketOf(hash)->Head;
        for (; (next = Volatile.Read(ref *link) - 1) < used && steps > 0; steps--)
        {
            if (next == index)
                return link;
            link = &Element(next)->Next;
        }

        return null;
    }

    // Exact: the element is one of the map's, of which each begins where the ones before it end.
    private uint IndexOf(HashElement* element) => (uint)_placement.CountBefore((byte*)element - _elements);
}
