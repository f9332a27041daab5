using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Lets a name stand for another object, in one step. rename(2) needs a name to begin with: the object gets one below <c>refs</c>,
/// as if it referred to itself. Whoever dies before the rename leaves that reference, the smallest of cycles: nobody sees it, it keeps
/// nothing else alive, and a collector drops it. After the rename all is done, but that the
/// object which had the name may wait for a sweep.
/// </summary>
internal static class PinReplacer
{
    /// <summary>Replaces, in a directory that is known to be below a bpffs; zero or negated errno.</summary>
    internal static int Replace(Store store, ObjectFile file, int directory, ReadOnlySpan<byte> name)
    {
        int result = TryHold(store, directory, name, out ObjectFile? replaced);
        if (result < 0)
            return result;
        if (!store.TryBeginReferenceChange(file.Key, out ReferenceChange? change, out StorageError? error))
        {
            replaced?.Dispose();
            return -(int)error.Errno;
        }

        using (change)
        {
            KindMark.Set(file);
            result = change.Add(file) is { } refused ? -(int)refused.Errno : 0;
            Span<byte> staged = stackalloc byte[48];
            if (result == 0)
                result = Posix.Rename(store.Directories.References, ReferenceNames.PathOf(file.Key, file.Key, staged), directory, name, 0);

            // Renaming one name of a file over another of the same file does nothing (rename(2)), so that there may be one to remove.
            _ = change.Remove(file.Key);
        }

        replaced?.Dispose();
        return result;
    }

    /// <summary>Opens what has the name now, so that it is freed with it; what is there but is no pin isn't replaced.</summary>
    private static int TryHold(Store store, int directory, ReadOnlySpan<byte> name, out ObjectFile? replaced)
    {
        replaced = null;
        int result = Posix.StatAt(directory, name, follow: false, out FileStatus status);
        if (result < 0)
            return result == -ENOENT ? 0 : result;
        if (!status.IsRegular)
            return status.IsDirectory ? -EISDIR : -EACCES;
        if (ObjectOpener.TryOpen(store, directory, name, ObjectAccess.ReadOnly, O_NOFOLLOW, Errno.EACCES, out replaced, out StorageError? error))
            return 0;

        // A damaged object, one of a newer version, or one that went meanwhile: its name may be given to another.
        return error.Errno is Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOENT ? 0 : -(int)error.Errno;
    }
}
