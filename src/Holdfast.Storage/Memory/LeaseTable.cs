using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Memory;

/// <summary>
/// Who writes to an object: a slot for each process, in the object's header page. A slot's owner holds an OFD write lock on the
/// slot's byte through a descriptor of its own, which is never mapped, duplicated or handed out: the operating system drops the
/// lock when the process dies, however it dies, and no pid has to be trusted.
/// </summary>
internal sealed unsafe class LeaseTable : IDisposable
{
    /// <summary>Number of slots: processes that can write to one object at once.</summary>
    internal const int Slots = 126;

    private const int SlotBytes = 16;

    private readonly Lock _lock = new();
    private readonly byte* _table;
    private readonly Func<int> _openPrivate;
    private int _descriptor = -1;
    private uint _lease;

    /// <summary>Creates the view.</summary>
    /// <param name="table">The table in the mapped header page.</param>
    /// <param name="openPrivate">Opens the object once more for writing: a descriptor, or a negated error.</param>
    internal LeaseTable(byte* table, Func<int> openPrivate)
    {
        _table = table;
        _openPrivate = openPrivate;
    }

    /// <summary>This process's lease as lock words hold it, 0 if it has none yet.</summary>
    internal uint Lease => Volatile.Read(ref _lease);

    /// <summary>Takes a lease at the first write.</summary>
    /// <returns>EAGAIN if all slots are taken, or why the object can't be opened for writing.</returns>
    internal Errno TryTake(out uint lease)
    {
        lease = Volatile.Read(ref _lease);
        if (lease != 0)
            return Errno.None;
        lock (_lock)
        {
            Errno failure = _lease != 0 ? Errno.None : Take();
            lease = _lease;
            return failure;
        }
    }

    /// <summary>
    /// Whether the owner of a lease is gone for sure: the slot has a later generation, or another process's slot is unlocked.
    /// </summary>
    internal bool IsDead(uint lease)
    {
        int slot = SlotOf(lease);
        if (slot < 0)
            return true; // no process ever makes such a word: garbage that would block everybody
        if (lease == Lease)
            return false; // the lock query does not report one's own locks
        if ((Volatile.Read(ref Generation(slot)) & LockWord.GenerationMask) != LockWord.GenerationOf(lease))
            return true;
        return !OfdLock.IsHeldByOthers(_descriptor, OfdLock.LeaseBase + slot);
    }

    /// <summary>Gives the lease back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_descriptor >= 0)
            {
                // Closing alone would leave the slot taken for as long as a child that another thread is just starting has not come
                // to exec: until then it holds a copy of the descriptor.
                _ = OfdLock.Release(_descriptor, OfdLock.LeaseBase + LockWord.SlotOf(_lease));
                _ = Posix.Close(_descriptor);
            }

            _descriptor = -1;
            _lease = 0;
        }
    }

    private static int SlotOf(uint lease)
    {
        int slot = LockWord.SlotOf(lease);
        return slot is >= 0 and < Slots ? slot : -1;
    }

    private Errno Take()
    {
        int descriptor = _openPrivate();
        if (descriptor < 0)
            return (Errno)(-descriptor);
        for (int slot = 0; slot < Slots; slot++)
        {
            if (OfdLock.TryExclusive(descriptor, OfdLock.LeaseBase + slot) != 0)
                continue;

            // Only the holder of the byte's lock writes the generation. A death right after it: the slot is unlocked, its next
            // owner counts on, and no lock word can hold the generation that was skipped.
            uint generation = Interlocked.Increment(ref Generation(slot)) & LockWord.GenerationMask;
            _descriptor = descriptor;
            Volatile.Write(ref _lease, LockWord.Make(slot, generation));
            return Errno.None;
        }

        _ = Posix.Close(descriptor);
        return Errno.EAGAIN;
    }

    // Safe: slot is below Slots, and Slots * SlotBytes fits the table's room in the header page, which is mapped.
    private ref uint Generation(int slot) => ref *(uint*)(_table + (slot * SlotBytes));
}
