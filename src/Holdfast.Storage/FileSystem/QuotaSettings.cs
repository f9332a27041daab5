using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>A store's quotas, for those who may read and set them: its owner, and root.</summary>
public sealed class QuotaSettings
{
    private const int Patience = 30_000; // ms

    private readonly Store _store;

    internal QuotaSettings(Store store) => _store = store;

    /// <summary>Reads the quotas in force: the store's first.</summary>
    /// <param name="quotas">The quotas, with what is counted; none without limits.</param>
    /// <returns>Null, or why not: <c>EACCES</c> for others than the owner and root.</returns>
    public StorageError? Read(out IReadOnlyList<StoreQuota> quotas)
    {
        quotas = [];
        int state = Posix.OpenAt(_store.Directories.Root, "state\0"u8, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (state < 0)
            return Failed(state, "read");
        byte[] words = new byte[QuotaLayout.End];
        int result = Posix.Read(state, words, 0);
        _ = Posix.Close(state);
        if (result != words.Length)
            return Failed(result < 0 ? result : -EINVAL, "read");
        ulong Word(int offset) => BitConverter.ToUInt64(words, offset);
        if (Word(QuotaLayout.ActiveWord) == 0)
            return null;
        StoreQuota Account(int offset, uint? user) => new(user, Limit(Word(offset + QuotaLayout.ObjectLimit)), Limit(Word(offset + QuotaLayout.ByteLimit)))
        {
            Objects = Word(offset + QuotaLayout.Objects),
            Bytes = Word(offset + QuotaLayout.Bytes),
        };
        StoreQuota[] both = [Account(QuotaLayout.StoreAccount, null), Account(QuotaLayout.UserAccount, (uint)Word(QuotaLayout.UserWord))];
        quotas = [.. both.Where(quota => quota.MaxObjects is not null || quota.MaxBytes is not null)];
        return null;
    }

    /// <summary>
    /// Sets or, with neither limit, clears a quota. One below what is there harms nothing that exists; only creation fails until there is room.
    /// </summary>
    /// <param name="quota">Whose, and the limits.</param>
    /// <returns>Null, or why not: <c>EPERM</c> for others than the owner and root, <c>EINVAL</c> for a user who can't create here.</returns>
    public StorageError? Set(StoreQuota quota)
    {
        ArgumentNullException.ThrowIfNull(quota);
        if (Posix.EffectiveUser() is var caller && caller != _store.Owner && caller != 0)
            return StorageErrors.Of(Errno.EPERM, $"{_store.Path} belongs to user {_store.Owner}; only its owner and root set its quotas");
        if (_store.WhyReadOnly is { Errno: not Errno.EPERM } why)
            return StorageErrors.Of(why.Errno, $"cannot set a quota of {_store.Path}: {why.Message}");
        if (quota.User is { } user && user != _store.Owner)
            return StorageErrors.Of(Errno.EINVAL, $"user {user} can't create objects in {_store.Path}, which is user {_store.Owner}'s: set the quota in that user's own store (--store)");
        int held = QuotaCensus.TryLock(_store, Patience);
        if (held < 0)
            return Failed(held, "lock");
        int result = StoreState.OpenFile(_store.Directories.Root, _store.Owner);
        if (result >= 0)
        {
            int state = result;
            result = Write(state, quota);
            _ = Posix.Close(state);
        }

        _ = Posix.Close(held);
        return result < 0 ? Failed(result, "write") : null;
    }

    /// <summary>A death on the way leaves limits of which one is old, or ones not yet in force: both are what can be set, and the next call sets all.</summary>
    private int Write(int state, StoreQuota quota)
    {
        int account = quota.User is null ? QuotaLayout.StoreAccount : QuotaLayout.UserAccount;
        int other = quota.User is null ? QuotaLayout.UserAccount : QuotaLayout.StoreAccount;
        int result = QuotaCensus.Write(state, account + QuotaLayout.ObjectLimit, Word(quota.MaxObjects));
        if (result == 0)
            result = QuotaCensus.Write(state, account + QuotaLayout.ByteLimit, Word(quota.MaxBytes));
        if (result == 0)
            result = QuotaCensus.Write(state, QuotaLayout.UserWord, _store.Owner);
        bool isActive = quota.MaxObjects is not null || quota.MaxBytes is not null
            || (QuotaCensus.Read(state, other + QuotaLayout.ObjectLimit) | QuotaCensus.Read(state, other + QuotaLayout.ByteLimit)) != 0;

        // Counted before it is in force: who creates at this very moment may be missed until the next count.
        if (result == 0 && isActive)
            result = QuotaCensus.Recount(_store);
        if (result == 0)
            result = QuotaCensus.Write(state, QuotaLayout.ActiveWord, isActive ? 1UL : 0);
        return result == 0 ? Posix.Synchronize(state) : result;
    }

    /// <summary>Writes quotas into the <c>state</c> of a store that nobody has opened yet: who opens it first counts.</summary>
    internal static int Carry(int root, IReadOnlyList<StoreQuota> quotas)
    {
        int state = Posix.OpenAt(root, "state\0"u8, O_RDWR | O_NOFOLLOW);
        if (state < 0)
            return state;
        int result = 0;
        foreach (StoreQuota quota in quotas)
        {
            int account = quota.User is null ? QuotaLayout.StoreAccount : QuotaLayout.UserAccount;
            if (result == 0)
                result = QuotaCensus.Write(state, account + QuotaLayout.ObjectLimit, Word(quota.MaxObjects));
            if (result == 0)
                result = QuotaCensus.Write(state, account + QuotaLayout.ByteLimit, Word(quota.MaxBytes));
            if (result == 0 && quota.User is { } user)
                result = QuotaCensus.Write(state, QuotaLayout.UserWord, user);
        }

        if (result == 0)
            result = QuotaCensus.Write(state, QuotaLayout.ActiveWord, 1);
        _ = Posix.Close(state);
        return result;
    }

    private StorageError Failed(int result, string what) => StorageErrors.Call(result, $"{what} the quotas of {_store.Path}");

    private static ulong Word(ulong? limit) => limit is { } value ? Math.Min(value, ulong.MaxValue - 1) + 1 : 0;

    private static ulong? Limit(ulong word) => word == 0 ? null : word - 1;
}
