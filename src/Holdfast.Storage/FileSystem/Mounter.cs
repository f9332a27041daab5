using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Makes directories bpffs, and changes their options.</summary>
internal readonly struct Mounter(Store store, PinResolver resolver)
{
    internal StorageError? Mount(string path, BpffsOptions options)
    {
        if (Refusal(options) is { } refused)
            return refused;
        if (MountChange.TryBegin(store, out MountChange change) is { } error)
            return error;
        using (change)
        {
            int directory = Open(path);
            if (directory < 0)
                return StorageErrors.Call(directory, $"mount {path}");
            StorageError? failure = MountOpen(directory, path, options with { Mode = options.Mode ?? BpffsOptions.DefaultMode });
            _ = Posix.Close(directory);
            return failure;
        }
    }

    internal StorageError? Remount(string path, BpffsOptions options)
    {
        if (Refusal(options) is { } refused)
            return refused;
        if (MountChange.TryBegin(store, out MountChange change) is { } error)
            return error;
        using (change)
        {
            int directory = Open(path);
            if (directory < 0)
                return StorageErrors.Call(directory, $"remount {path}");
            StorageError? failure = TryReadRoot(store, directory, path, out MountInfo? info) ?? RemountOpen(directory, path, info!, options);
            _ = Posix.Close(directory);
            return failure;
        }
    }

    /// <summary>What is mounted at an open directory itself.</summary>
    internal static StorageError? TryReadRoot(Store store, int directory, string path, out MountInfo? info)
    {
        info = MountRegistry.TryRead(directory, MountRegistry.Marker, string.Empty);
        if (info is null)
            return StorageErrors.Of(Errno.EINVAL, $"no bpffs is mounted at {path}");
        if (info.StoreId != store.Id)
            return StorageErrors.Of(Errno.EINVAL, $"{path} is a bpffs of another store; say which with --store");

        // Who may write the directory can put any file there under that name, and have us write to it: only the registry's own is written.
        info = MountRegistry.FindRegistered(store, directory);
        return info is null ? StorageErrors.Of(Errno.EINVAL, $"{path}/.bpffs is not the store's: somebody else put it there; look who, and remove it") : null;
    }

    /// <summary>
    /// Follows symbolic links, as mount(2) does, but none of a stranger's: its owner and mode would be changed for them. All else is done to
    /// the directory that was found then.
    /// </summary>
    internal static int Open(string path) => TrustedPath.Open(path, O_RDONLY);

    private static StorageError? Refusal(BpffsOptions options) => options.Delegations.Count == 0
        ? null
        : StorageErrors.Of(Errno.EINVAL, $"'{options.Delegations[0]}': tokens are delegated by the kernel's bpffs only (--engine kernel)");

    private StorageError? MountOpen(int directory, string path, BpffsOptions options)
    {
        int result = Posix.Stat(directory, out FileStatus status);
        if (result < 0)
            return StorageErrors.Call(result, $"mount {path}");
        if (resolver.FindMount(directory, status) is MountInfo other)
        {
            return StorageErrors.Of(Errno.EBUSY, MountRegistry.TryRead(directory, MountRegistry.Marker, string.Empty) is not null
                ? $"cannot mount {path}: it is a bpffs already; its options are changed with -o remount"
                : $"cannot mount {path}: it is below the bpffs {other.Path} already");
        }

        if (!IsEmpty(directory))
            return StorageErrors.Of(Errno.ENOTEMPTY, $"cannot mount {path}: the directory is not empty");
        ReadOnlySpan<byte> name = PathText.Terminate(Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N")), stackalloc byte[64]);
        MountInfo info = new(Encoding.ASCII.GetString(name[..^1]), Path.GetFullPath(path), options, store.Id);

        // The marker comes last: until then the directory is an ordinary one, though perhaps its owner's alone already.
        result = StoreBuilder.Publish(store.Directories.Mounts, name, MountRegistry.ToBytes(info), 0x1A4);
        if (result == 0)
            result = TakeEmpty(directory, options);
        if (result == 0)
            result = Posix.Link(store.Directories.Mounts, name, directory, MountRegistry.Marker);
        if (result == 0)
            return null;
        _ = Posix.Unlink(store.Directories.Mounts, name);
        _ = ChangeRoot(directory, new BpffsOptions { User = status.User, Group = status.Group, Mode = status.Mode & 0xFFF });
        return result == -EXDEV
            ? StorageErrors.Of(Errno.EXDEV, $"cannot mount {path}: it is not on the file system and mount of the store {store.Path}; choose a store there with --store")
            : StorageErrors.Call(result, $"mount {path}");
    }

    private StorageError? RemountOpen(int directory, string path, MountInfo info, BpffsOptions options)
    {
        int result = ChangeRoot(directory, options);
        BpffsOptions merged = info.Options with
        {
            User = options.User ?? info.Options.User,
            Group = options.Group ?? info.Options.Group,
            Mode = options.Mode ?? info.Options.Mode,
            ReadOnly = options.ReadOnly ?? info.Options.ReadOnly,
            OnlyRootPins = options.OnlyRootPins ?? info.Options.OnlyRootPins,
        };
        if (result == 0)
            result = MountRegistry.Rewrite(store, info with { Options = merged, Path = Path.GetFullPath(path) });
        return result < 0 ? StorageErrors.Call(result, $"remount {path}") : null;
    }

    /// <summary>Closes the directory to all others before it looks again: what they put there meanwhile would be below the mount, and theirs.</summary>
    private static int TakeEmpty(int directory, BpffsOptions options)
    {
        int result = Posix.ChangeMode(directory, 0x1C0);
        return result < 0 ? result : IsEmpty(directory) ? ChangeRoot(directory, options) : -ENOTEMPTY;
    }

    /// <summary>Mode before owner: who gives a directory away may not change it any more.</summary>
    private static int ChangeRoot(int directory, BpffsOptions options)
    {
        int result = options.Mode is { } mode ? Posix.ChangeMode(directory, mode) : 0;
        return result == 0 && (options.User ?? options.Group) is not null
            ? Posix.ChangeOwner(directory, options.User ?? uint.MaxValue, options.Group ?? uint.MaxValue)
            : result;
    }

    private static bool IsEmpty(int directory)
    {
        if (DirectoryReader.TryOpen(directory, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return false;
        using (reader)
            return !reader!.MoveNext();
    }
}
