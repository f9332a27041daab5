using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Opens what claims to be an object: lock first, then look, so that an object whose last closer was faster answers <c>ENOENT</c>
/// and one that we locked first stays.
/// </summary>
internal static class ObjectOpener
{
    // A closer holds its exclusive lock for a handful of system calls; past this it is stopped, or hostile.
    private const int PatienceInMilliseconds = 2000;

    /// <summary>Opens an object by name. What is there but is no object answers <paramref name="foreign"/>.</summary>
    internal static bool TryOpen(
        Store? store,
        int directory,
        ReadOnlySpan<byte> path,
        ObjectAccess access,
        int extraFlags,
        Errno foreign,
        [NotNullWhen(true)] out ObjectFile? file,
        [NotNullWhen(false)] out StorageError? error)
    {
        file = null;

        // O_NONBLOCK: a FIFO or a leased file planted there must not make us wait.
        int descriptor = Posix.OpenAt(directory, path, ObjectFile.FlagsOf(access) | O_NONBLOCK | O_NOCTTY | extraFlags);
        if (descriptor < 0)
        {
            error = OpenError(descriptor, path, foreign);
            return false;
        }

        error = ValidatePath(descriptor, access, path, foreign, out ObjectHeader? header);
        if (error is not null)
        {
            _ = Posix.Close(descriptor);
            return false;
        }

        file = new ObjectFile(store, descriptor, access, header!);
        return true;
    }

    /// <summary>Locks an open file and decides whether it is a live object that may be used this way; null if it is.</summary>
    internal static StorageError? Validate(int descriptor, ObjectAccess access, string what, out ObjectHeader? header) =>
        Judge(Examine(descriptor, access, out header, out int failure), failure, what, Errno.EINVAL);

    private static StorageError? ValidatePath(int descriptor, ObjectAccess access, ReadOnlySpan<byte> path, Errno foreign, out ObjectHeader? header)
    {
        Verdict verdict = Examine(descriptor, access, out header, out int failure);
        return verdict == Verdict.Good ? null : Judge(verdict, failure, PathText.Show(path), foreign);
    }

    private static Verdict Examine(int descriptor, ObjectAccess access, out ObjectHeader? header, out int failure)
    {
        header = null;
        failure = OfdLock.TryShared(descriptor, OfdLock.LivenessByte);
        if (failure == -EAGAIN)
        {
            Verdict waited = Wait(descriptor, out failure);
            if (waited != Verdict.Good)
                return waited;
        }
        else if (failure < 0)
        {
            return Verdict.NoLock;
        }

        switch (ObjectHeaderCodec.Read(descriptor, out header, out failure))
        {
            case ObjectHeaderStatus.Valid:
                break;
            case ObjectHeaderStatus.Damaged:
                return Verdict.Damaged;
            case ObjectHeaderStatus.Newer:
                return Verdict.Newer;
            default:
                return Verdict.Foreign;
        }

        if (header!.IsDead)
            return Verdict.Dead;
        return access != ObjectAccess.ReadOnly && header.Features.HasUnknownReadOnlyCompat ? Verdict.NewerReadOnly : Verdict.Good;
    }

    private static Verdict Wait(int descriptor, out int failure)
    {
        failure = 0;

        // A foreign file's lock is no business of ours, and none to wait for.
        if (ObjectHeaderCodec.Read(descriptor, out _, out _) is ObjectHeaderStatus.Foreign)
            return Verdict.Foreign;
        long deadline = Environment.TickCount64 + PatienceInMilliseconds;
        SpinWait spinner = default;
        while (true)
        {
            // A closer marks the object dead before anything that it may have to wait for, so that nobody waits with it.
            if ((Posix.Stat(descriptor, out FileStatus status) == 0 && status.Links == 0) || IsMarkedDead(descriptor))
                return Verdict.Dead;
            failure = OfdLock.TryShared(descriptor, OfdLock.LivenessByte);
            if (failure == 0)
                return Verdict.Good;
            if (failure != -EAGAIN)
                return Verdict.NoLock;
            if (Environment.TickCount64 > deadline)
                return Verdict.Held;
            spinner.SpinOnce();
        }
    }

    private static bool IsMarkedDead(int descriptor) =>
        ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid && header!.IsDead;

    private static StorageError? Judge(Verdict verdict, int failure, string what, Errno foreign) => verdict switch
    {
        Verdict.Good => null,
        Verdict.Dead => StorageErrors.Of(Errno.ENOENT, $"{what} is gone: its last reference was dropped"),
        Verdict.Damaged => StorageErrors.Of(Errno.EINVAL, $"{what} is a damaged object: its header does not check; unpin it"),
        Verdict.Newer => StorageErrors.Of(Errno.EOPNOTSUPP, $"{what} was made by a newer version of Holdfast; open it with that version"),
        Verdict.NewerReadOnly => StorageErrors.Of(Errno.EROFS, $"{what} was made by a newer version of Holdfast; this one may only open it read-only"),
        Verdict.Held => StorageErrors.Of(Errno.EAGAIN, $"{what} is locked by a process that does not go on; resume it (SIGCONT) or end it"),
        Verdict.NoLock => StorageErrors.Call(failure, $"lock {what}"),
        _ => StorageErrors.Of(foreign, $"{what} is not a pinned object"),
    };

    // The kernel answers EACCES for whatever is there but is no object: inode_permission first, then bpf_inode_type.
    private static StorageError OpenError(int result, ReadOnlySpan<byte> path, Errno foreign) => (Errno)(-result) switch
    {
        Errno.EISDIR or Errno.ENXIO or Errno.ENODEV or Errno.ETXTBSY or Errno.EAGAIN or Errno.EOPNOTSUPP =>
            StorageErrors.Of(foreign, $"{PathText.Show(path)} is not a pinned object"),
        _ => StorageErrors.Call(result, $"open {PathText.Show(path)}"),
    };

    private enum Verdict
    {
        Good,
        Foreign,
        Damaged,
        Newer,
        NewerReadOnly,
        Dead,
        Held,
        NoLock,
    }
}
