using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Memory;

/// <summary>
/// Mutual exclusion between threads and processes by a word in shared memory. The promise covers death, not suspension: a dead
/// owner's word is taken over, a stopped one's is waited for. Sections under it are short, allocate nothing and call nothing.
/// </summary>
internal static unsafe class SharedLock
{
    private const int Spins = 60;
    private const int Yields = 20;
    private const int WaitNanoseconds = 1_000_000;

    /// <summary>How a lock was come by.</summary>
    internal enum Entry
    {
        /// <summary>It was free.</summary>
        Clean,

        /// <summary>Its owner died holding it: what it guards must be repaired first.</summary>
        TakenOver,
    }

    /// <summary>Takes a lock.</summary>
    /// <param name="word">The lock word, in memory that stays mapped.</param>
    /// <param name="leases">The object's leases; this process has one.</param>
    internal static Entry Enter(uint* word, LeaseTable leases)
    {
        uint mine = leases.Lease;

        // A death right after this store is what takeover is for.
        return Interlocked.CompareExchange(ref *word, mine, 0) == 0 ? Entry.Clean : EnterContended(word, leases, mine);
    }

    /// <summary>Takes a lock unless somebody living has it, this process's other threads included.</summary>
    /// <param name="word">The lock word, in memory that stays mapped.</param>
    /// <param name="leases">The object's leases; this process has one.</param>
    /// <param name="entry">How it was come by.</param>
    /// <returns>Whether it was taken.</returns>
    internal static bool TryEnter(uint* word, LeaseTable leases, out Entry entry)
    {
        uint seen = Interlocked.CompareExchange(ref *word, leases.Lease, 0);
        entry = seen == 0 ? Entry.Clean : Entry.TakenOver;
        return seen == 0 || (leases.IsDead(LockWord.Owner(seen)) && Interlocked.CompareExchange(ref *word, leases.Lease, seen) == seen);
    }

    /// <summary>
    /// Releases a lock without a full barrier: all that was stored under it is seen before it is free, and later loads may come before. A waiter that marks
    /// the word between the two instructions is not woken, and looks again by its timeout (1 ms); for that, this thread must be interrupted there.
    /// </summary>
    internal static void Leave(uint* word)
    {
        bool waited = (Volatile.Read(ref *word) & LockWord.Contended) != 0;
        Volatile.Write(ref *word, 0); // deaths: as in Exit
        if (waited)
            Futex.WakeAll(word);
    }

    /// <summary>Releases a lock; a full barrier.</summary>
    internal static void Exit(uint* word)
    {
        // A death before it leaves a consistent structure locked: takeover finds nothing to repair. After it: nothing is held;
        // whoever waits wakes up by its timeout.
        if ((Interlocked.Exchange(ref *word, 0) & LockWord.Contended) != 0)
            Futex.WakeAll(word);
    }

    private static Entry EnterContended(uint* word, LeaseTable leases, uint mine)
    {
        for (int round = 0; ; round++)
        {
            uint seen = Volatile.Read(ref *word);
            if (seen == 0)
            {
                // Others may wait besides: keep the mark, at worst one needless wake-up.
                uint desired = round > Spins + Yields ? mine | LockWord.Contended : mine;
                if (Interlocked.CompareExchange(ref *word, desired, 0) == 0)
                    return Entry.Clean;
            }
            else if (round < Spins)
            {
                Thread.SpinWait(20);
            }
            else if (round < Spins + Yields)
            {
                Thread.Yield();
            }
            else if (leases.IsDead(LockWord.Owner(seen)))
            {
                // One waiter wins; the others see a living owner.
                if (Interlocked.CompareExchange(ref *word, mine | LockWord.Contended, seen) == seen)
                    return Entry.TakenOver;
            }
            else
            {
                Wait(word, seen);
            }
        }
    }

    /// <summary>Waits a millisecond, or until the word is given back.</summary>
    internal static void Wait(uint* word, uint seen)
    {
        uint marked = seen | LockWord.Contended;
        if (seen == marked || Interlocked.CompareExchange(ref *word, marked, seen) == seen)
            Futex.Wait(word, marked, WaitNanoseconds);
    }
}
