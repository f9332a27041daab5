using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// Elements of a hash map: those never used, and a first-in first-out queue of retired ones, so that a retired element rests
/// before it is used again and readers that hold it have time to notice. Entries are counted here, when elements are taken and
/// given back, so that the count can be made right from the elements' states.
/// </summary>
internal sealed unsafe class HashAllocator
{
    /// <summary>Lock word.</summary>
    public const int LockOffset = 16;

    public const int FreshOffset = 24;
    public const int HeadOffset = 32;
    public const int TailOffset = 36;
    public const int QueuedOffset = 40;
    public const int EntriesOffset = 48;
    private const int EpochOffset = 56;
    private const int VersionsOffset = 60;
    private const int HandOffset = 64;

    private readonly byte* _control;
    private readonly HashLayout _layout;
    private readonly ElementPlacement _placement;
    private readonly uint _maxEntries;
    private readonly byte* _elements;
    private readonly ChunkReservation _chunks;
    private readonly LeaseTable _leases;
    private readonly bool _isDurable;

    public HashAllocator(byte* control, in HashLayout layout, uint maxEntries, byte* elements, ChunkReservation chunks, LeaseTable leases)
    {
        _control = control;
        _layout = layout;
        _placement = layout.Placement;
        _maxEntries = maxEntries;
        _elements = elements;
        _chunks = chunks;
        _leases = leases;
        _isDurable = 1 << layout.BucketShift == HashLayout.DurableBucketBytes;
    }

    /// <summary>Entries in the map; off by one for each writer killed inside of an insert or delete, until <c>HashMap.Repair</c>.</summary>
    public uint Entries => Volatile.Read(ref Word(EntriesOffset));

    /// <summary>
    /// The epoch of an insertion: of one that is filled after its element was taken. So what has an epoch that is over was taken, and counted,
    /// before the epoch ended: there are never more of them than the map may have.
    /// </summary>
    public uint Epoch => _isDurable ? Volatile.Read(ref Word(EpochOffset)) & ~HashElement.Loose : 0;

    // Safe: all offsets lie in the control block, which is mapped and was reserved at creation.
    private uint* LockPlace => (uint*)(_control + LockOffset);

    /// <summary>Takes an element.</summary>
    /// <param name="entry">Whether it is for a new entry, which counts against the capacity.</param>
    /// <param name="index">The element.</param>
    /// <returns>E2BIG: the map is full; ENOSPC: the file system is.</returns>
    public Errno Take(bool entry, out uint index)
    {
        index = 0;
        Enter();
        Errno failure = entry && Word(EntriesOffset) >= _maxEntries ? Errno.E2BIG : Pop(out index);
        if (failure == Errno.None)
        {
            // The element says whose it is before it counts: a death in between leaves it to be found, and the count to Rebuild.
            HashElement* element = Element(index);
            if (_isDurable && element->Version == 0)
                Interlocked.Exchange(ref element->Version, Word(VersionsOffset) | 1);
            else if ((element->Version & 1) == 0)
                Interlocked.Increment(ref element->Version);
            Interlocked.Exchange(ref element->State, _leases.Lease | (entry ? HashElement.CountsAsEntry : 0));
            if (entry)
                Volatile.Write(ref Word(EntriesOffset), Word(EntriesOffset) + 1);
        }

        SharedLock.Exit(LockPlace);
        return failure;
    }

    /// <summary>Gives an element back that no bucket reaches.</summary>
    /// <param name="index">The element.</param>
    /// <param name="entry">Whether an entry goes with it. A repair says no: it counts when it has judged everything.</param>
    public void Give(uint index, bool entry)
    {
        Enter();
        Retire(index);
        if (entry && Word(EntriesOffset) > 0)
            Volatile.Write(ref Word(EntriesOffset), Word(EntriesOffset) - 1);
        Push(index, Element(index));
        SharedLock.Exit(LockPlace);
    }

    /// <summary>Gives an element back whose place in its bucket another one has taken: the entry passes to that one.</summary>
    public void GiveReplaced(uint index, uint successor)
    {
        Enter();
        // Both under the lock, so that whoever counts entries by their states under it sees one of the two, never both or neither.
        Volatile.Write(ref Element(successor)->State, HashElement.Linked);
        Retire(index);
        Push(index, Element(index));
        SharedLock.Exit(LockPlace);
    }

    /// <summary>Begins an epoch, under the lock: every element taken before is counted.</summary>
    /// <returns>The one that ended.</returns>
    public uint BeginEpoch()
    {
        Enter();
        uint epoch = Epoch;
        Volatile.Write(ref Word(EpochOffset), (epoch + 1) & ~HashElement.Loose);
        SharedLock.Exit(LockPlace);
        return epoch;
    }

    /// <summary>After a restart: where the versions of memory start that this boot uses first; a use that was lost with its pages had another one.</summary>
    public void StartVersions(uint from) => Word(VersionsOffset) = from;

    /// <summary>After a restart: no entry is of a later epoch than this.</summary>
    public void RaiseEpoch(uint epoch) => Word(EpochOffset) = Math.Max(Epoch, epoch);

    /// <summary>
    /// Queues every element that is free, those included that a death lost on their way into or out of the queue, and counts the
    /// entries by the elements' states: a death between a state and the count left that one off. States become free, and stop
    /// being free, only under the lock.
    /// </summary>
    public void Rebuild()
    {
        Enter();
        Volatile.Write(ref Word(HeadOffset), 0);
        Volatile.Write(ref Word(TailOffset), 0);
        Volatile.Write(ref Word(QueuedOffset), 0);
        uint used = Used, entries = 0;
        for (uint index = 0; index < used; index++)
        {
            uint state = Volatile.Read(ref Element(index)->State);
            if (state == HashElement.Free)
                Push(index, Element(index));
            else if (state == HashElement.Linked || (state & HashElement.CountsAsEntry) != 0)
                entries++;
        }

        Volatile.Write(ref Word(EntriesOffset), entries);
        SharedLock.Exit(LockPlace);
    }

    /// <summary>After a restart of the machine: no lock is held, and every element that has its blocks may have been used.</summary>
    public void Restart()
    {
        Volatile.Write(ref *LockPlace, 0);
        uint used = _layout.Capacity;
        while (used > 0 && !_chunks.IsReady(_layout.Placement.OffsetOf(used - 1), _layout.Stride))
            used = SkipBack(used);
        Volatile.Write(ref Word(FreshOffset), used);
    }

    /// <summary>How many elements were ever used.</summary>
    public uint Used => Math.Min(Volatile.Read(ref Word(FreshOffset)), _layout.Capacity);

    /// <summary>The number of elements that end before the chunk that the last of these ends in; at least one less.</summary>
    private uint SkipBack(uint used)
    {
        long chunk = (_layout.Placement.LengthOf(used) - 1) >> _chunks.Shift;
        long room = chunk << _chunks.Shift;
        return (uint)Math.Clamp(_layout.Placement.CountBefore(Math.Max(room, 0)), 0, used - 1L);
    }

    /// <summary>Moves the clock hand of an LRU map on, which is all that those who evict share.</summary>
    /// <param name="used">How many elements there are, at least one.</param>
    /// <returns>The element that the hand was on. Any value of the word is one: a death, or two who start over at once, cost a place in the order.</returns>
    public uint AdvanceHand(uint used)
    {
        uint at = Interlocked.Increment(ref Word(HandOffset)) - 1;
        if (at < used)
            return at;
        Volatile.Write(ref Word(HandOffset), 1);
        return 0;
    }

    private void Retire(uint index)
    {
        HashElement* element = Element(index);
        // Readers that hold the element look again from here on. A death after it: the state still names this lease.
        if ((element->Version & 1) == 0)
            Interlocked.Increment(ref element->Version);
        Volatile.Write(ref element->State, HashElement.Free);
    }

    private void Enter()
    {
        if (SharedLock.Enter(LockPlace, _leases) == SharedLock.Entry.TakenOver)
            RepairQueue();
    }

    private Errno Pop(out uint index)
    {
        uint fresh = Math.Min(Word(FreshOffset), _layout.Capacity);
        uint head = Word(HeadOffset);
        bool rested = Word(QueuedOffset) > HashLayout.Spares / 2 || fresh == _layout.Capacity;
        if (head - 1 < fresh && rested)
        {
            index = head - 1;
            // A death after this store leaks one element, in state Free and out of the queue: Rebuild finds it by its state.
            Volatile.Write(ref Word(HeadOffset), Element(index)->Next);
            Volatile.Write(ref Word(QueuedOffset), Word(QueuedOffset) - 1);
            return Errno.None;
        }

        index = fresh;
        if (fresh == _layout.Capacity)
            return Errno.E2BIG;
        Errno failure = _chunks.Ensure(_layout.Placement.OffsetOf(fresh), _layout.Stride);
        if (failure == Errno.None)
            Volatile.Write(ref Word(FreshOffset), fresh + 1);
        return failure;
    }

    private void Push(uint index, HashElement* element)
    {
        Volatile.Write(ref element->Next, 0);
        uint tail = Word(TailOffset);
        // The element is in the queue from the first of these stores on; the tail and the length are made right by RepairQueue.
        if (Word(HeadOffset) == 0 || tail - 1 >= Used)
            Volatile.Write(ref Word(HeadOffset), index + 1);
        else
            Volatile.Write(ref Element(tail - 1)->Next, index + 1);
        Volatile.Write(ref Word(TailOffset), index + 1);
        Volatile.Write(ref Word(QueuedOffset), Word(QueuedOffset) + 1);
    }

    /// <summary>Walks the queue after a death under the lock: its end and its length may be behind. Bounded by the elements used.</summary>
    private void RepairQueue()
    {
        uint used = Used, length = 0, last = 0;
        for (uint next = Word(HeadOffset); next - 1 < used && length < used; next = Element(next - 1)->Next)
        {
            last = next;
            length++;
        }

        Volatile.Write(ref Word(TailOffset), last);
        Volatile.Write(ref Word(QueuedOffset), length);
        if (last == 0)
            Volatile.Write(ref Word(HeadOffset), 0);
    }

    // Safe: callers bound the index by Used, which is at most the capacity that the mapping was made for.
    private HashElement* Element(uint index) => (HashElement*)(_elements + _placement.OffsetOf(index));

    private ref uint Word(int offset) => ref *(uint*)(_control + offset);
}
