using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// Elements of a hash map: those never used, and first-in first-out queues of retired ones, so that a retired element rests
/// before it is used again and readers that hold it have time to notice. Entries are counted here, when elements are taken and
/// given back, so that the count can be made right from the elements' states.
/// </summary>
/// <remarks>
/// A larger map has several lanes, each with its lock, its queue, its count, and its share of the entries that the map may have; a thread uses one. A lane that has
/// nothing left takes from the others under all lanes' locks: so a map is full exactly when it has all the entries that it may have.
/// </remarks>
internal sealed unsafe class HashAllocator
{
    /// <summary>Lock word of a map's only lane.</summary>
    public const int LockOffset = 16;

    public const int FreshOffset = 24;

    /// <summary>Its free queue.</summary>
    public const int HeadOffset = LockOffset + HeadInLane;

    public const int TailOffset = LockOffset + TailInLane;
    public const int QueuedOffset = LockOffset + QueuedInLane;

    /// <summary>Its entries.</summary>
    public const int EntriesOffset = LockOffset + EntriesInLane;

    /// <summary>The lanes of a map that has several: each a cache line of its own, since everybody reads the words before.</summary>
    public const int LanesOffset = 128;

    public const int HeadInLane = 16;
    public const int TailInLane = 20;
    public const int QueuedInLane = 24;

    /// <summary>Entries taken in the lane less those given back in it: modulo 2³², since some threads may only insert and others only delete.</summary>
    public const int EntriesInLane = 32;

    /// <summary>What was moved to the lane of the entries that the map may have, less what was moved from it, likewise.</summary>
    public const int MovedInLane = 36;

    private const int EpochOffset = 56;
    private const int VersionsOffset = 60;
    private const int HandOffset = 64;

    private const int MostMoved = 64;

    private readonly byte* _control;
    private readonly byte* _firstLane;
    private readonly int _lanes;
    private readonly int _rest;
    private readonly bool _isLru;
    private readonly HashLayout _layout;
    private readonly ElementPlacement _placement;
    private readonly uint _maxEntries;
    private readonly byte* _elements;
    private readonly ChunkReservation _chunks;
    private readonly LeaseTable _leases;
    private readonly bool _isDurable;

    public HashAllocator(byte* control, in HashLayout layout, uint maxEntries, byte* elements, ChunkReservation chunks, LeaseTable leases, bool isLru)
    {
        _control = control;
        _layout = layout;
        _placement = layout.Placement;
        _maxEntries = maxEntries;
        _elements = elements;
        _chunks = chunks;
        _leases = leases;
        _firstLane = control + OffsetOf(layout, 0);
        _lanes = layout.Lanes;
        _rest = (int)HashLayout.Spares / 2 / _lanes;
        _isLru = isLru;
        _isDurable = 1 << layout.BucketShift == HashLayout.DurableBucketBytes;
    }

    /// <summary>Where a lane is.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="lane">Its number.</param>
    public static int OffsetOf(in HashLayout layout, int lane) => layout.Lanes == 1 ? LockOffset : LanesOffset + (lane * HashLayout.LaneBytes);

    /// <summary>Entries in the map; off by one for each writer killed inside of an insert or delete, until <c>HashMap.Repair</c>.</summary>
    public uint Entries
    {
        get
        {
            int sum = 0;
            for (int lane = 0; lane < _lanes; lane++)
                sum += Volatile.Read(ref Entered(Lane(lane)));
            return _lanes == 1 ? (uint)sum : (uint)Math.Max(sum, 0); // lanes are not read at one moment
        }
    }

    /// <summary>
    /// The epoch of an insertion: of one that is filled after its element was taken. So what has an epoch that is over was taken, and counted,
    /// before the epoch ended: there are never more of them than the map may have.
    /// </summary>
    public uint Epoch => _isDurable ? Volatile.Read(ref Word(EpochOffset)) & ~HashElement.Loose : 0;

    /// <summary>
    /// The calling thread's lane: threads of a process differ by their numbers, processes by their leases. Two may have the same one.
    /// </summary>
    private byte* Mine => Lane((int)(((_leases.Lease & 0x7f) * 5) + (uint)Environment.CurrentManagedThreadId) & (_lanes - 1));

    /// <summary>Takes an element.</summary>
    /// <param name="entry">Whether it is for a new entry, which counts against the capacity.</param>
    /// <param name="index">The element.</param>
    /// <returns>E2BIG: the map is full; ENOSPC: the file system is.</returns>
    public Errno Take(bool entry, out uint index)
    {
        index = 0;
        byte* lane = Mine;
        Enter(lane);
        Errno failure = entry && RoomOf(lane) <= 0 ? Errno.E2BIG : Pop(lane, out index);
        if (failure == Errno.None)
            Own(lane, index, entry);
        SharedLock.Leave((uint*)lane);
        return failure == Errno.E2BIG && _lanes > 1 ? TakeFromOthers(lane, entry, out index) : failure;
    }

    /// <summary>Gives an element back that no bucket reaches.</summary>
    /// <param name="index">The element.</param>
    /// <param name="entry">Whether an entry goes with it. A repair says no: it counts when it has judged everything.</param>
    public void Give(uint index, bool entry)
    {
        byte* lane = Mine;
        Enter(lane);
        Free(lane, index, entry);
        SharedLock.Leave((uint*)lane);
    }

    /// <summary>As <see cref="Give"/>, of entries evicted together.</summary>
    public void GiveEvicted(ReadOnlySpan<uint> indexes)
    {
        byte* lane = Mine;
        Enter(lane);
        foreach (uint index in indexes)
            Free(lane, index, entry: true);
        SharedLock.Leave((uint*)lane);
    }

    /// <summary>Gives an element back whose place in its bucket another one has taken: the entry passes to that one.</summary>
    public void GiveReplaced(uint index, uint successor)
    {
        byte* lane = Mine;
        Enter(lane);
        // Both under a lock, so that whoever counts entries by their states under all of them sees one of the two, never both or neither.
        Volatile.Write(ref Element(successor)->State, HashElement.Linked);
        Free(lane, index, entry: false);
        SharedLock.Leave((uint*)lane);
    }

    /// <summary>Begins an epoch, under the lock: every element taken before is counted.</summary>
    /// <returns>The one that ended.</returns>
    public uint BeginEpoch()
    {
        EnterAll();
        uint epoch = Epoch;
        Volatile.Write(ref Word(EpochOffset), (epoch + 1) & ~HashElement.Loose);
        LeaveAll();
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
        EnterAll();
        for (int lane = 0; lane < _lanes; lane++)
        {
            Volatile.Write(ref At(Lane(lane), HeadInLane), 0);
            Volatile.Write(ref At(Lane(lane), TailInLane), 0);
            Volatile.Write(ref At(Lane(lane), QueuedInLane), 0);
        }

        uint used = Used;
        int entries = 0, queues = 0;
        for (uint index = 0; index < used; index++)
        {
            uint state = Volatile.Read(ref Element(index)->State);
            if (state == HashElement.Free)
                Push(Lane(queues++ & (_lanes - 1)), index, Element(index));
            else if (state == HashElement.Linked || (state & HashElement.CountsAsEntry) != 0)
                entries++;
        }

        // No lane has room; then the count is made right, with no room on the way; then what there is is shared out. A death in between leaves less room than there is, until the next repair.
        int wrong = entries;
        for (int lane = 0; lane < _lanes; lane++)
        {
            wrong -= Entered(Lane(lane));
            Volatile.Write(ref Moved(Lane(lane)), Moved(Lane(lane)) - RoomOf(Lane(lane)));
        }

        byte* first = Lane(0);
        if (wrong > 0)
            Volatile.Write(ref Entered(first), Entered(first) + wrong);
        Volatile.Write(ref Moved(first), Moved(first) + wrong);
        if (wrong < 0)
            Volatile.Write(ref Entered(first), Entered(first) + wrong);
        long room = Math.Max(0, _maxEntries - (long)entries);
        for (int lane = 0; lane < _lanes; lane++)
            Volatile.Write(ref Moved(Lane(lane)), Moved(Lane(lane)) + (int)(room / _lanes) + (lane < room % _lanes ? 1 : 0));
        LeaveAll();
    }

    /// <summary>After a restart of the machine: no lock is held, and every element that has its blocks may have been used.</summary>
    public void Restart()
    {
        LeaveAll();
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
    /// <param name="steps">Over how many.</param>
    /// <returns>The first of them. Any value of the word is one: a death, or two who start over at once, cost places in the order.</returns>
    public uint AdvanceHand(uint used, uint steps)
    {
        uint at = Interlocked.Add(ref Word(HandOffset), steps) - steps;
        if (at < used)
            return at;
        Volatile.Write(ref Word(HandOffset), steps);
        return 0;
    }

    /// <summary>Takes an element under all lanes' locks, and as much for the lane as spares it coming again soon.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Errno TakeFromOthers(byte* lane, bool entry, out uint index)
    {
        index = 0;
        // An LRU map evicts, and would come here each time: a lane that others fill or empty meanwhile may be missed.
        if (_isLru && entry && Entries >= _maxEntries)
            return Errno.E2BIG;
        EnterAll();
        if (entry && RoomOf(lane) <= 0)
            MoveRoom(lane);
        if (At(lane, HeadInLane) == 0 && Used == _layout.Capacity)
            MoveElements(lane);
        Errno failure = entry && RoomOf(lane) <= 0 ? Errno.E2BIG : Pop(lane, out index);
        if (failure == Errno.None)
            Own(lane, index, entry);
        LeaveAll();
        return failure;
    }

    /// <summary>Moves half of the largest share of room that there is.</summary>
    private void MoveRoom(byte* lane)
    {
        byte* richest = lane;
        for (int other = 0; other < _lanes; other++)
            richest = RoomOf(Lane(other)) > RoomOf(richest) ? Lane(other) : richest;
        if (RoomOf(richest) <= 0)
            return;
        int moved = RoomOf(richest) - (RoomOf(richest) / 2);
        // In this order: a death in between leaves room that nobody has until a repair, and never too much.
        Volatile.Write(ref Moved(richest), Moved(richest) - moved);
        Volatile.Write(ref Moved(lane), Moved(lane) + moved);
    }

    /// <summary>Moves the first half of the longest queue, or a part of it. A death in between leaves free elements that are in no queue: a repair finds them.</summary>
    private void MoveElements(byte* lane)
    {
        byte* longest = lane;
        for (int other = 0; other < _lanes; other++)
            longest = At(Lane(other), QueuedInLane) > At(longest, QueuedInLane) ? Lane(other) : longest;
        uint used = Used, head = At(longest, HeadInLane), last = head;
        uint wanted = Math.Min((At(longest, QueuedInLane) + 1) / 2, MostMoved), moved = 1;
        if (longest == lane || head - 1 >= used)
            return;
        for (uint next; moved < wanted && (next = Element(last - 1)->Next) - 1 < used; moved++)
            last = next;
        uint rest = Element(last - 1)->Next;
        Volatile.Write(ref At(longest, HeadInLane), rest);
        Volatile.Write(ref At(longest, QueuedInLane), rest == 0 ? 0 : At(longest, QueuedInLane) - moved);
        Volatile.Write(ref Element(last - 1)->Next, 0);
        Volatile.Write(ref At(lane, HeadInLane), head);
        Volatile.Write(ref At(lane, TailInLane), last);
        Volatile.Write(ref At(lane, QueuedInLane), moved);
    }

    /// <summary>Makes a popped element the caller's.</summary>
    private void Own(byte* lane, uint index, bool entry)
    {
        // The element says whose it is before it counts: a death in between leaves it to be found, and the count to Rebuild.
        HashElement* element = Element(index);
        if (_isDurable && element->Version == 0)
            Volatile.Write(ref element->Version, Word(VersionsOffset) | 1);
        else if ((element->Version & 1) == 0)
            Volatile.Write(ref element->Version, element->Version + 1);
        Volatile.Write(ref element->State, _leases.Lease | (entry ? HashElement.CountsAsEntry : 0));
        if (entry)
            Volatile.Write(ref Entered(lane), Entered(lane) + 1);
    }

    private void Free(byte* lane, uint index, bool entry)
    {
        HashElement* element = Element(index);
        // Readers that hold the element look again from here on. A death after it: the state still names this lease.
        if ((element->Version & 1) == 0)
            Volatile.Write(ref element->Version, element->Version + 1);
        Volatile.Write(ref element->State, HashElement.Free);
        if (entry)
            Volatile.Write(ref Entered(lane), Entered(lane) - 1);
        Push(lane, index, element);
    }

    private void Enter(byte* lane)
    {
        if (SharedLock.Enter((uint*)lane, _leases) == SharedLock.Entry.TakenOver)
            RepairQueue(lane);
    }

    /// <summary>All lanes' locks, always in this order. Who has one lane's waits for no other.</summary>
    private void EnterAll()
    {
        for (int lane = 0; lane < _lanes; lane++)
            Enter(Lane(lane));
    }

    private void LeaveAll()
    {
        for (int lane = 0; lane < _lanes; lane++)
            SharedLock.Leave((uint*)Lane(lane));
    }

    private Errno Pop(byte* lane, out uint index)
    {
        uint fresh = Used, head = At(lane, HeadInLane);
        if (head - 1 < fresh && (At(lane, QueuedInLane) > _rest || fresh == _layout.Capacity))
        {
            index = head - 1;
            // A death after this store leaks one element, in state Free and out of the queue: Rebuild finds it by its state.
            uint next = Element(index)->Next;
            Volatile.Write(ref At(lane, HeadInLane), next);
            Volatile.Write(ref At(lane, QueuedInLane), At(lane, QueuedInLane) - 1);
            Prefetch.Line(Element(next - 1));
            return Errno.None;
        }

        while ((index = Used) < _layout.Capacity)
        {
            Errno failure = _chunks.Ensure(_placement.OffsetOf(index), _layout.Stride);
            if (failure != Errno.None)
                return failure;
            // Other lanes take from here too. A death right after it leaks the element, as above.
            if (Interlocked.CompareExchange(ref Word(FreshOffset), index + 1, index) == index)
                return Errno.None;
        }

        return Errno.E2BIG;
    }

    private void Push(byte* lane, uint index, HashElement* element)
    {
        Volatile.Write(ref element->Next, 0);
        uint tail = At(lane, TailInLane);
        // The element is in the queue from the first of these stores on; the tail and the length are made right by RepairQueue.
        if (At(lane, HeadInLane) == 0 || tail - 1 >= Used)
            Volatile.Write(ref At(lane, HeadInLane), index + 1);
        else
            Volatile.Write(ref Element(tail - 1)->Next, index + 1);
        Volatile.Write(ref At(lane, TailInLane), index + 1);
        Volatile.Write(ref At(lane, QueuedInLane), At(lane, QueuedInLane) + 1);
    }

    /// <summary>Walks the queue after a death under the lock: its end and its length may be behind. Bounded by the elements used.</summary>
    private void RepairQueue(byte* lane)
    {
        uint used = Used, length = 0, last = 0;
        for (uint next = At(lane, HeadInLane); next - 1 < used && length < used; next = Element(next - 1)->Next)
        {
            last = next;
            length++;
        }

        Volatile.Write(ref At(lane, TailInLane), last);
        Volatile.Write(ref At(lane, QueuedInLane), length);
        if (last == 0)
            Volatile.Write(ref At(lane, HeadInLane), 0);
    }

    /// <summary>How many more entries a lane may take: its share of the capacity, what was moved to it, less what it has.</summary>
    private int RoomOf(byte* lane) =>
        (int)((_maxEntries / (uint)_lanes) + (lane == Lane(0) ? _maxEntries % (uint)_lanes : 0)) + Moved(lane) - Entered(lane);

    // Safe: all of it is mapped and was reserved at creation; numbers are below the lanes of the layout.
    private byte* Lane(int number) => _firstLane + (number * HashLayout.LaneBytes);

    private static ref uint At(byte* lane, int offset) => ref *(uint*)(lane + offset);

    private static ref int Entered(byte* lane) => ref *(int*)(lane + EntriesInLane);

    private static ref int Moved(byte* lane) => ref *(int*)(lane + MovedInLane);

    // Safe: callers bound the index by Used, which is at most the capacity that the mapping was made for.
    private HashElement* Element(uint index) => (HashElement*)(_elements + _placement.OffsetOf(index));

    private ref uint Word(int offset) => ref *(uint*)(_control + offset);
}
