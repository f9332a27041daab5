using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Makes a bpffs an ordinary, empty directory again. First its marker says that it is leaving: from then on nobody pins there, and whoever
/// finds it so after a kill goes on with what is left to remove.
/// </summary>
internal static class Unmounter
{
    private const ulong StayInside = Posix.ResolveNoMagicLinks | Posix.ResolveNoMounts | Posix.ResolveNoSymlinks;

    internal static StorageError? Unmount(Store store, string path, bool lazy)
    {
        if (MountChange.TryBegin(store, out MountChange change) is { } refused)
            return refused;
        using (change)
        {
            int directory = Mounter.Open(path);
            if (directory < 0)
                return StorageErrors.Call(directory, $"unmount {path}");
            StorageError? error = Mounter.TryReadRoot(store, directory, path, out MountInfo? info);
            if (error is null && !lazy && MountUsers.Find(directory) is { } user)
                error = StorageErrors.Of(Errno.EBUSY, $"{path} is in use: {user}; end that, or unmount lazily (umount --lazy)");
            int result = error is null ? MountRegistry.Rewrite(store, info! with { IsLeaving = true }) : 0;
            store.State!.NoteMountsChanged();
            if (error is null && result == 0)
                result = Remove(store, directory);
            _ = Posix.Close(directory);
            return result == 0 ? error
                : result == -EXDEV ? StorageErrors.Of(Errno.EBUSY, $"{path} is in use: something is mounted below it; unmount that, then this again")
                : StorageErrors.Call(result, $"release the pins below {path}");
        }
    }

    /// <summary>Goes on where a killed process stopped. The caller has the lock of the mounts.</summary>
    internal static void FinishKilled(Store store) => MountRegistry.ForEach(store, (reader, info, status) =>
    {
        if (status.Links > 1 && !info.IsLeaving)
            return;
        int directory = status.Links > 1 ? MountRegistry.OpenMounted(info, status) : -ENOENT;
        if (directory >= 0)
        {
            _ = Remove(store, directory);
            _ = Posix.Close(directory);
        }
        else
        {
            // It was never linked, its directory is gone, or it was moved: then its marker still says that it is none.
            _ = Posix.Unlink(reader.Descriptor, reader.TerminatedName);
        }
    });

    private static int Remove(Store store, int directory)
    {
        int result = RemoveContents(store, directory, isRoot: true);
        if (result < 0 || Posix.StatAt(directory, MountRegistry.Marker, follow: false, out FileStatus marker) < 0)
            return result;
        result = Posix.Unlink(directory, MountRegistry.Marker);
        MountRegistry.ForEach(store, (reader, info, status) =>
        {
            if (status.IsSameFile(marker))
                _ = Posix.Unlink(reader.Descriptor, reader.TerminatedName);
        });
        return result;
    }

    private static int RemoveContents(Store store, int directory, bool isRoot)
    {
        if (DirectoryReader.TryOpen(directory, ".\0"u8, out DirectoryReader? reader) is Errno errno and not Errno.None)
            return -(int)errno;
        int result = 0;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (isRoot && reader.Name.SequenceEqual(MountRegistry.Marker[..^1]))
                    continue;
                int one = reader.Type == DirectoryReader.DirectoryType ? RemoveDirectory(store, reader) : RemovePin(store, reader);
                result = one < 0 ? one : result;
            }
        }

        return result;
    }

    /// <summary>Never through a symbolic link or into what is mounted below: that is not ours to empty.</summary>
    private static int RemoveDirectory(Store store, DirectoryReader reader)
    {
        int inner = Posix.OpenAt2(reader.Descriptor, reader.TerminatedName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, StayInside);
        int result = inner < 0 ? inner : RemoveContents(store, inner, isRoot: false);
        if (inner >= 0)
            _ = Posix.Close(inner);
        return result < 0 ? result : Posix.Unlink(reader.Descriptor, reader.TerminatedName, removeDirectory: true);
    }

    private static int RemovePin(Store store, DirectoryReader reader)
    {
        _ = ObjectOpener.TryOpen(
            store, reader.Descriptor, reader.TerminatedName, ObjectAccess.ReadOnly, O_NOFOLLOW, Errno.EACCES, out ObjectFile? file, out _);
        int result = Posix.Unlink(reader.Descriptor, reader.TerminatedName);
        file?.Dispose();
        return result;
    }
}
