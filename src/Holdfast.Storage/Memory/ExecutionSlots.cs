using System.Runtime.CompilerServices;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// The execution slots of a store: what programs see as CPUs. A thread holds one from a program's first use of it to the end of the
/// run, and nobody else, in whichever process, has it meanwhile: so a plain increment of a per-CPU value is exact. A slot is a lock
/// word in the store's file <c>slots</c>, which holds the lease of the process that runs there; the slot of a dead process is taken over.
/// </summary>
public sealed unsafe class ExecutionSlots
{
    /// <summary>Most slots that a store can have.</summary>
    public const int Maximum = 4096;

    /// <summary>Bytes from one slot's word to the next: two cache lines, since processors fetch them in pairs.</summary>
    internal const int WordStride = 128;

    /// <summary>Where the words begin in the file: behind a page like an object's header, of which only the lease table is used.</summary>
    internal const int WordsOffset = ObjectHeaderLayout.PageLength;

    private const int Spins = 40;
    private const int Yields = 20;
    private const int WaitNanoseconds = 1_000_000;

    private readonly MappedFile _file;
    private readonly byte* _words;
    private readonly int _descriptor;
    private int _users = 1;

    internal ExecutionSlots(MappedFile file, int descriptor, Guid storeId, int count)
    {
        _file = file;
        _descriptor = descriptor;
        _words = file.Base + WordsOffset;
        StoreId = storeId;
        Count = count;
        Leases = new LeaseTable(file.Base + ObjectHeaderLayout.LeaseTableOffset, OpenPrivate);
    }

    /// <summary>Number of slots.</summary>
    public int Count { get; }

    /// <summary>The store.</summary>
    internal Guid StoreId { get; }

    internal LeaseTable Leases { get; }

    /// <summary>The word of a slot.</summary>
    /// <param name="slot">The slot, from 0 to <see cref="Count"/> − 1.</param>
    internal ref uint WordOf(int slot) => ref *Word(slot);

    /// <summary>One more user, who must not be the first after the last.</summary>
    public void AddUser() => Interlocked.Increment(ref _users);

    /// <summary>A user less; with the last one the file is unmapped, and no thread may be in a slot any more.</summary>
    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;
        Leases.Dispose();
        _ = Posix.Close(_descriptor);
        _file.Dispose();
    }

    /// <summary>Takes a slot, the thread's last one if it can, and waits while others run in all of them. A run within a run has its slot.</summary>
    /// <returns>The slot, from 0 to <see cref="Count"/> − 1; until <see cref="Exit"/>, by the same thread.</returns>
    public int Enter()
    {
        ThreadSlot mine = ThreadSlot.Of(this);
        if (mine.Depth == 0 && !TryTake(mine.Slot))
            mine.Slot = Search(mine.Slot);
        mine.Depth++;
        return mine.Slot;
    }

    /// <summary>Ends the last <see cref="Enter"/> of the thread.</summary>
    public void Exit()
    {
        ThreadSlot mine = ThreadSlot.Of(this);
        if (--mine.Depth > 0)
            return;
        uint* word = Word(mine.Slot);

        // A plain store, which releases what the program wrote: a mark that a waiter sets just before it is lost, and costs him the rest
        // of his wait (1 ms). A death before it leaves a dead process's slot, whose values are whole words all the same.
        bool waited = (Volatile.Read(ref *word) & LockWord.Contended) != 0;
        Volatile.Write(ref *word, 0);
        if (waited)
            Futex.WakeAll(word);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(int slot)
    {
        uint* word = Word(slot);

        // Read first: a failing exchange would take the line from the thread that runs there. A death right after the exchange is what takeover is for.
        return Volatile.Read(ref *word) == 0 && Interlocked.CompareExchange(ref *word, Leases.Lease, 0) == 0;
    }

    private int Search(int last)
    {
        for (int round = 0; ; round++)
        {
            for (int i = 1; i <= Count; i++)
            {
                int slot = (last + i) % Count;
                if (TryTake(slot) || (round > Spins + Yields && TryTakeOver(slot)))
                    return slot;
            }

            if (round < Spins)
                Thread.SpinWait(20);
            else if (round < Spins + Yields)
                Thread.Yield();
            else
                Wait(Word((last + round) % Count));
        }
    }

    private bool TryTakeOver(int slot)
    {
        uint* word = Word(slot);
        uint seen = Volatile.Read(ref *word);

        // One waiter wins. What the dead one left needs no repair: a program's stores are single words.
        return seen != 0 && Leases.IsDead(LockWord.Owner(seen)) && Interlocked.CompareExchange(ref *word, Leases.Lease, seen) == seen;
    }

    private static void Wait(uint* word)
    {
        uint seen = Volatile.Read(ref *word);
        uint marked = seen | LockWord.Contended;
        if (seen != 0 && (seen == marked || Interlocked.CompareExchange(ref *word, marked, seen) == seen))
            Futex.Wait(word, marked, WaitNanoseconds);
    }

    // Safe: slots come from this class's own arithmetic below Count, and the file was checked to hold so many words before it was mapped.
    private uint* Word(int slot) => (uint*)(_words + ((long)slot * WordStride));

    private int OpenPrivate()
    {
        Span<byte> path = stackalloc byte[32];
        return Posix.OpenAt(AT_FDCWD, Posix.ProcessDescriptorPath(_descriptor, path), O_RDWR);
    }
}
