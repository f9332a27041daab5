using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Counts what comes and goes in a store with a quota. A creation is counted before the file is made, so racing creators of any number of
/// processes never exceed a limit; who would exceed it first looks whether the counts are right. One that is killed between the count and the
/// file, or between an unlink and its count, leaves <see cref="QuotaLayout.BegunWord"/> ahead of <see cref="QuotaLayout.EndedWord"/>: the next
/// that meets the limit sees that, counts all files, and goes on. What can go unseen (a file removed by hand, or by root) is found the same way
/// once the last count is <see cref="Stale"/> old, and by every collector run.
/// </summary>
internal sealed class QuotaLedger(Store store)
{
    /// <summary>Nanoseconds after which a count is doubted even if nobody died: failing creators count at most this often.</summary>
    private const ulong Stale = 10_000_000_000;

    private const int Patience = 10_000; // ms; 100,000 objects are counted in about 0.2 s

    /// <summary>Most objects that a creator looks at for orphans before it gives up.</summary>
    private const int SweepBudget = 256;

    /// <summary>Counts a new object. Without a quota this is one load.</summary>
    /// <param name="bytes">Length of its file.</param>
    /// <param name="hold">To be given to <see cref="End"/> or <see cref="Cancel"/>; null without a quota.</param>
    /// <returns>Null, or <c>EPERM</c> at the user's limit, <c>ENOSPC</c> at the store's, <c>EAGAIN</c>.</returns>
    internal StorageError? Begin(long bytes, out QuotaHold? hold)
    {
        hold = null;
        if (store.State is not { HasQuota: true } state)
            return null;
        int result = store.References!.Quota.Enter(Patience);
        if (result < 0)
            return StorageErrors.Call(result, $"count an object against the quota of {store.Path}");
        int account = TryAdd(state, (ulong)bytes);
        if (account == 0)
        {
            hold = new QuotaHold((ulong)bytes, -1);
            return null;
        }

        store.References.Quota.Leave();
        return BeginAtLimit(state, (ulong)bytes, account, out hold);
    }

    /// <summary>The object is there.</summary>
    internal void End(QuotaHold? hold)
    {
        if (hold is null)
            return;
        _ = Interlocked.Increment(ref store.State!.QuotaWord(QuotaLayout.EndedWord));
        if (hold.Lock < 0)
            store.References!.Quota.Leave();
        else
            _ = Posix.Close(hold.Lock);
    }

    /// <summary>There is no object after all.</summary>
    internal void Cancel(QuotaHold? hold)
    {
        if (hold is not null)
            Subtract(store.State!, hold.Bytes, Posix.EffectiveUser());
        End(hold);
    }

    /// <summary>Removes a condemned object's file. Waits for nobody: whoever counts all objects meanwhile is told to doubt the result.</summary>
    /// <param name="descriptor">The file, open.</param>
    /// <param name="key">Its name.</param>
    internal void Unlink(int descriptor, ObjectKey key)
    {
        StoreState? state = store.State is { HasQuota: true } counted ? counted : null;
        bool isInside = false;
        FileStatus status = default;
        if (state is not null)
        {
            isInside = Posix.Stat(descriptor, out status) == 0 && store.References!.Quota.TryEnter() == 0;
            _ = Interlocked.Increment(ref state.QuotaWord(QuotaLayout.BegunWord));
        }

        int result = Posix.Unlink(store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]));
        if (!isInside)
            return;

        // A file that is still shorter than a header's page is half made. Its count is its maker's: who lives finds the file gone and makes
        // another for the same count, or cancels it; who died left the counts in doubt.
        if (result == 0 && status.Length >= ObjectHeaderLayout.PageLength)
            Subtract(state!, (ulong)status.Length, status.User);
        _ = Interlocked.Increment(ref state!.QuotaWord(QuotaLayout.EndedWord));
        store.References!.Quota.Leave();
    }

    /// <summary>
    /// At the limit: drops orphans that plain <c>rm</c> has left, counts anew if the counts are in doubt, and tries once more with nobody else
    /// at it. The lock is kept until the object is there, since to be between the count and the file is what tells a death.
    /// </summary>
    private StorageError? BeginAtLimit(StoreState state, ulong bytes, int account, out QuotaHold? hold)
    {
        hold = null;
        _ = store.Collector.Sweep(SweepBudget);
        int descriptor = QuotaCensus.TryLock(store, Patience);
        if (descriptor < 0)
            return descriptor == -EAGAIN ? Exceeded(state, account, bytes) : StorageErrors.Call(descriptor, $"lock the quota of {store.Path}");
        if (IsInDoubt(state))
            _ = QuotaCensus.Recount(store);
        account = TryAdd(state, bytes);
        if (account == 0)
        {
            hold = new QuotaHold(bytes, descriptor);
            return null;
        }

        _ = Posix.Close(descriptor);
        return Exceeded(state, account, bytes);
    }

    private static bool IsInDoubt(StoreState state) =>
        Volatile.Read(ref state.QuotaWord(QuotaLayout.BegunWord)) != Volatile.Read(ref state.QuotaWord(QuotaLayout.EndedWord))
        || Posix.BootTime() - Volatile.Read(ref state.QuotaWord(QuotaLayout.CountedAtWord)) > Stale;

    /// <summary>Adds an object to both accounts, or to none.</summary>
    /// <returns>Zero, or the account that has no room.</returns>
    private static int TryAdd(StoreState state, ulong bytes)
    {
        _ = Interlocked.Increment(ref state.QuotaWord(QuotaLayout.BegunWord));
        bool isUsers = state.QuotaWord(QuotaLayout.UserWord) == Posix.EffectiveUser();
        int full = isUsers && !TryAdd(state, QuotaLayout.UserAccount, bytes) ? QuotaLayout.UserAccount : 0;
        if (full == 0 && !TryAdd(state, QuotaLayout.StoreAccount, bytes))
        {
            full = QuotaLayout.StoreAccount;
            if (isUsers)
                Subtract(state, QuotaLayout.UserAccount, bytes);
        }

        if (full != 0)
            _ = Interlocked.Increment(ref state.QuotaWord(QuotaLayout.EndedWord));
        return full;
    }

    private static bool TryAdd(StoreState state, int account, ulong bytes)
    {
        if (!TryAdd(ref state.QuotaWord(account + QuotaLayout.Objects), 1, state.QuotaWord(account + QuotaLayout.ObjectLimit)))
            return false;
        if (TryAdd(ref state.QuotaWord(account + QuotaLayout.Bytes), bytes, state.QuotaWord(account + QuotaLayout.ByteLimit)))
            return true;
        Subtract(ref state.QuotaWord(account + QuotaLayout.Objects), 1);
        return false;
    }

    /// <param name="count">What is counted.</param>
    /// <param name="amount">How much more.</param>
    /// <param name="limit">The limit + 1, or 0.</param>
    private static bool TryAdd(ref ulong count, ulong amount, ulong limit)
    {
        ulong seen = Volatile.Read(ref count);
        while (true)
        {
            if (limit != 0 && (seen >= limit || amount > limit - 1 - seen))
                return false;
            ulong before = Interlocked.CompareExchange(ref count, unchecked(seen + amount), seen);
            if (before == seen)
                return true;
            seen = before;
        }
    }

    private static void Subtract(StoreState state, ulong bytes, uint user)
    {
        Subtract(state, QuotaLayout.StoreAccount, bytes);
        if (state.QuotaWord(QuotaLayout.UserWord) == user)
            Subtract(state, QuotaLayout.UserAccount, bytes);
    }

    private static void Subtract(StoreState state, int account, ulong bytes)
    {
        Subtract(ref state.QuotaWord(account + QuotaLayout.Objects), 1);
        Subtract(ref state.QuotaWord(account + QuotaLayout.Bytes), bytes);
    }

    /// <summary>Never below zero: an object that was made before its store had a quota may not be in the counts yet.</summary>
    private static void Subtract(ref ulong count, ulong amount)
    {
        ulong seen = Volatile.Read(ref count);
        ulong before;
        while ((before = Interlocked.CompareExchange(ref count, seen - Math.Min(amount, seen), seen)) != seen)
            seen = before;
    }

    private StorageError Exceeded(StoreState state, int account, ulong bytes)
    {
        bool isUsers = account == QuotaLayout.UserAccount;
        ulong Word(int field) => Volatile.Read(ref state.QuotaWord(account + field));
        (ulong limit, ulong used) = (Word(QuotaLayout.ObjectLimit), Word(QuotaLayout.Objects));
        string what = $"{used} of {limit - 1} objects are there";
        string option = "--objects";
        if (limit == 0 || used < limit - 1)
        {
            (limit, used) = (Word(QuotaLayout.ByteLimit), Word(QuotaLayout.Bytes));
            what = $"{used} of {limit - 1} bytes are taken, and the object may grow to {bytes}";
            option = "--bytes";
        }

        string whose = isUsers ? $"the quota of user {Posix.EffectiveUser()} in {store.Path}" : $"the quota of the store {store.Path}";
        string raise = isUsers ? $"holdfast quota set --user {Posix.EffectiveUser()} {option}" : $"holdfast quota set {option}";
        return StorageErrors.Of(
            isUsers ? Errno.EPERM : Errno.ENOSPC, $"{whose} is used up: {what}; unpin something and run 'holdfast gc', or raise it with '{raise} N'");
    }
}
