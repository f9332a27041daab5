using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Backup;

/// <summary>
/// The directory that a backup is made in. Until it is whole it holds a file of a foreign name and no identity: nobody takes it for a store, and
/// nobody makes one of it.
/// </summary>
internal sealed class BackupTarget : IDisposable
{
    private BackupTarget(string path, StoreDirectories directories)
    {
        Path = path;
        Directories = directories;
    }

    private static ReadOnlySpan<byte> Unfinished => "unfinished-backup\0"u8;

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its identity.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Its directories.</summary>
    public StoreDirectories Directories { get; }

    /// <summary>Makes the directory, or takes one that is empty.</summary>
    public static StorageError? TryMake(Store source, string path, out BackupTarget? target)
    {
        target = null;
        path = System.IO.Path.GetFullPath(path);
        byte[] bytes = PathText.Bytes(path);
        _ = PathText.Split(bytes, out ReadOnlySpan<byte> parent, out ReadOnlySpan<byte> name);
        int above = TrustedPath.Open(Encoding.UTF8.GetString(parent), O_PATH);
        if (above < 0)
            return StorageErrors.Call(above, $"make the backup {path}");
        StorageError? error = IsBelow(above, source.Directories.Root)
            ? StorageErrors.Of(Errno.EINVAL, $"{path} is inside of the store {source.Path}; choose a directory elsewhere")
            : null;
        int made = error is null && !name.IsEmpty ? Posix.MakeDirectory(above, PathText.Terminate(name, stackalloc byte[288]), 0x1C0) : 0;
        _ = Posix.Close(above);
        if (error is not null || (made < 0 && made != -EEXIST))
            return error ?? StorageErrors.Call(made, $"make the backup {path}");
        int root = TrustedPath.Open(path, O_RDONLY);
        if (root < 0)
            return StorageErrors.Call(root, $"make the backup {path}");
        error = CheckPlace(path, root);
        int result = error is null ? Prepare(root) : 0;
        StoreDirectories? directories = null;
        if (error is null && result == 0)
            result = -(int)StoreDirectories.TryOpen(root, out directories);
        else
            _ = Posix.Close(root);
        if (error is null && result < 0)
            error = StorageErrors.Call(result, $"make the backup {path}");
        if (error is null)
            target = new BackupTarget(path, directories!);
        return error;
    }

    /// <summary>Makes a store of it: everything else is on the device before the identity is written.</summary>
    public int Finish(Store source, BpffsOptions options)
    {
        int result = StoreState.Create(Directories.Root);
        if (result >= 0)
            result = MountRegistry.MakeDefault(Directories.Root, Path, Id, options);
        if (result >= 0)
            result = Posix.SynchronizeFileSystem(Directories.Root);
        StoreIdentity identity = new(StoreIdentity.CurrentVersion, default, Id, source.ExecutionSlots);
        if (result >= 0)
            result = StoreBuilder.Publish(Directories.Root, "store\0"u8, identity.ToBytes(), 0x1A4);
        if (result >= 0)
            result = Posix.Unlink(Directories.Root, Unfinished);
        return result < 0 ? result : Posix.SynchronizeFileSystem(Directories.Root);
    }

    /// <inheritdoc/>
    public void Dispose() => Directories.Dispose();

    private static StorageError? CheckPlace(string path, int root)
    {
        if (Posix.StatAt(root, Unfinished, follow: false, out _) == 0)
            return StorageErrors.Of(Errno.ENOTEMPTY, $"{path} is a backup that was interrupted: remove it, or choose another directory");
        if (Posix.StatAt(root, "store\0"u8, follow: false, out _) == 0)
            return StorageErrors.Of(Errno.EEXIST, $"{path} is a store already; choose an empty or a new directory");
        if (DirectoryReader.TryOpen(root, ".\0"u8, out DirectoryReader? reader) is var failure and not Errno.None)
            return StorageErrors.Call(-(int)failure, $"look at {path}");
        using (reader)
        {
            if (reader!.MoveNext())
                return StorageErrors.Of(Errno.ENOTEMPTY, $"{path} is not empty (it holds {Encoding.UTF8.GetString(reader.Name)}); choose an empty or a new directory");
        }

        int result = Posix.StatFileSystem(root, out FileSystemStatus status);
        FileSystemTraits? traits = result < 0 ? null : SupportedFileSystems.Describe(status.Type);
        return traits?.Refusal is null ? null : StorageErrors.Of(Errno.EOPNOTSUPP, $"{path} is on {traits.Name}, which can't hold a store ({traits.Refusal}); choose a directory on tmpfs, ext4, xfs or btrfs");
    }

    private static int Prepare(int root)
    {
        int result = StoreBuilder.Publish(root, Unfinished, "A backup is being made here, or was interrupted.\n"u8, 0x180);
        return result < 0 ? result : StoreDirectories.Make(root);
    }

    /// <summary>Whether a directory is another one, or below it, whatever the paths are called.</summary>
    private static bool IsBelow(int directory, int other)
    {
        if (Posix.Stat(other, out FileStatus meant) < 0)
            return false;
        int at = Posix.OpenAt(directory, ".\0"u8, O_PATH | O_DIRECTORY);
        FileStatus previous = default;
        while (at >= 0 && Posix.Stat(at, out FileStatus status) == 0)
        {
            bool found = status.IsSameFile(meant);
            bool isTop = status.IsSameFile(previous);
            int parent = found || isTop ? -1 : Posix.OpenAt(at, "..\0"u8, O_PATH | O_DIRECTORY);
            _ = Posix.Close(at);
            if (found || isTop)
                return found;
            previous = status;
            at = parent;
        }

        return false;
    }
}
