using System.Collections.Concurrent;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// The last close. An object is live while a description holds its liveness byte or it has more names than the one in the store.
/// Whoever gets the byte exclusively and then finds one name marks it dead, drops its references and removes it.
/// </summary>
internal sealed class Reclaimer(Store store)
{
    // A process that is being started holds copies of our descriptors between fork and exec, and then nobody examines the object.
    private const int PendingLimit = 64;
    private const int Attempts = 4;

    private static readonly byte[] DeadMark = BitConverter.GetBytes(ObjectHeaderLayout.Dead);

    private readonly ConcurrentQueue<(ObjectKey Key, int Attempt)> _pending = new();

    /// <summary>What became of an object that was looked at.</summary>
    internal enum Outcome
    {
        /// <summary>It is live, or somebody else is looking at it.</summary>
        Live,

        /// <summary>It was freed.</summary>
        Freed,

        /// <summary>It is gone.</summary>
        Absent,

        /// <summary>It can't be opened or read.</summary>
        Unreadable,

        /// <summary>It is damaged, so it counts as live.</summary>
        NotUnderstood,

        /// <summary>A newer library made it; nothing in this store may be freed.</summary>
        Newer,
    }

    /// <summary>Why this process frees nothing in this store; null if it does.</summary>
    internal string? WhyNot
    {
        get
        {
            if (store.WhyReadOnly is not null && !store.IsAdministered)
                return store.WhyReadOnly.Message;
            return store.HasNewerObjects ? "a newer version of Holdfast has made objects here that this one can't read" : null;
        }
    }

    /// <summary>Closes a descriptor of an object of this store; frees the object if that was the last reference.</summary>
    internal void CloseLast(int descriptor, ObjectKey key, ObjectFlags flags, in FileStatus before)
    {
        bool examine = before.Links == 1 && WhyNot is null;

        // A duplicate of the descriptor shares its lock, so only another description can tell whether the lock goes with this close.
        int probe = examine ? OpenProbe(key) : -1;
        _ = Posix.Close(descriptor);
        RetryOne();
        if (probe < 0)
            return;
        if (!TryCondemn(probe, before))
        {
            _ = Posix.Close(probe);
            Postpone(key, 0);
            return;
        }

        if ((flags & ObjectFlags.MayRefer) == 0)
        {
            Remove(probe, key);
            return;
        }

        Stack<ObjectKey> released = new();
        FreeReferrer(probe, key, released);
        ExamineAll(released);
    }

    /// <summary>Looks once more at an object that somebody still held when we closed it; costs nothing if there is none.</summary>
    internal void RetryOne()
    {
        if (_pending.IsEmpty || !_pending.TryDequeue(out (ObjectKey Key, int Attempt) entry))
            return;
        Stack<ObjectKey> released = new();
        if (Examine(entry.Key, released) == Outcome.Live)
            Postpone(entry.Key, entry.Attempt + 1);
        ExamineAll(released);
    }

    private void Postpone(ObjectKey key, int attempt)
    {
        if (attempt < Attempts && _pending.Count < PendingLimit)
            _pending.Enqueue((key, attempt));
    }

    /// <summary>Examines objects that have lost a reference, and what they release in turn.</summary>
    internal void ExamineAll(Stack<ObjectKey> released)
    {
        while (released.TryPop(out ObjectKey key))
            _ = Examine(key, released);
    }

    /// <summary>Frees an object if nothing refers to it.</summary>
    internal Outcome Examine(ObjectKey key, Stack<ObjectKey> released)
    {
        if (WhyNot is not null)
            return Outcome.Live;
        if (Posix.StatAt(store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), follow: false, out FileStatus status) is int error and < 0)
            return error == -ENOENT ? Outcome.Absent : Outcome.Unreadable;
        if (!status.IsRegular)
            return Outcome.NotUnderstood;
        if (status.Links > 1)
            return Outcome.Live;
        int probe = OpenProbe(key);
        if (probe < 0)
            return probe == -ENOENT ? Outcome.Absent : Outcome.Unreadable;
        if (!TryCondemn(probe, status))
        {
            _ = Posix.Close(probe);
            return Outcome.Live;
        }

        return FreeCondemned(probe, key, released);
    }

    /// <summary>Frees an object whose liveness byte the probe holds exclusively and whose only name is the store's; closes the probe.</summary>
    private Outcome FreeCondemned(int probe, ObjectKey key, Stack<ObjectKey> released)
    {
        ObjectHeaderStatus status = ObjectHeaderCodec.Read(probe, out ObjectHeader? header, out int failure);
        if (status == ObjectHeaderStatus.Newer)
            store.NoteNewerObjects();
        bool understood = failure == 0 && (status == ObjectHeaderStatus.Incomplete || (status == ObjectHeaderStatus.Valid && header!.Key == key));
        if (!understood)
        {
            _ = Posix.Close(probe);
            return status == ObjectHeaderStatus.Newer ? Outcome.Newer : failure != 0 ? Outcome.Unreadable : Outcome.NotUnderstood;
        }

        if (status == ObjectHeaderStatus.Incomplete || (header!.Flags & ObjectFlags.MayRefer) != 0)
            FreeReferrer(probe, key, released);
        else
            Remove(probe, key);
        return Outcome.Freed;
    }

    /// <summary>
    /// Frees an object that may refer. A death between any two steps leaves an unlocked, nameless file, marked dead or not, which any
    /// sweep frees with what is left of its references: they go before the name, and nobody opens the object any more.
    /// </summary>
    private void FreeReferrer(int probe, ObjectKey key, Stack<ObjectKey> released)
    {
        // Before waiting for a trace of cycles: openers are told at once.
        MarkDead(probe);
        if (key.Kind == ObjectKind.Link)
            Hooks.HookLinks.Forget(store, key, probe);
        if (store.References is null || store.References.EnterShared() != Errno.None)
        {
            _ = Posix.Close(probe);
            return;
        }

        ReferenceNames.RemoveAll(store, key, released);
        store.References.LeaveShared();
        store.Ledger.Unlink(probe, key);
        _ = Posix.Close(probe);
    }

    private void Remove(int probe, ObjectKey key)
    {
        MarkDead(probe);
        store.Ledger.Unlink(probe, key);
        _ = Posix.Close(probe);
    }

    /// <summary>Tells openers who hold the file but not yet the lock that they are too late.</summary>
    internal static void MarkDead(int probe) => _ = Posix.Write(probe, DeadMark, ObjectHeaderLayout.StateOffset);

    internal int OpenProbe(ObjectKey key) =>
        Posix.OpenAt(store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), O_RDWR | O_NOFOLLOW | O_NONBLOCK);

    /// <summary>Whether the probe is the file that was meant, nobody holds it, and only the store names it. Keeps the lock if so.</summary>
    private static bool TryCondemn(int probe, in FileStatus meant) =>
        OfdLock.TryExclusive(probe, OfdLock.LivenessByte) == 0
        && Posix.Stat(probe, out FileStatus status) == 0
        && status.Links == 1
        && status.IsSameFile(meant);
}
