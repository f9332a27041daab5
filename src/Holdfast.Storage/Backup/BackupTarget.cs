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

    private const string MountsName = "mounted";

    /// <summary>Is there until the backup is whole.</summary>
    internal static ReadOnlySpan<byte> Unfinished => "unfinished-backup\0"u8;

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

    /// <summary>Makes one more mount, empty, which keeps the last part of its path as its name.</summary>
    /// <returns>Its directory, open; negated errno.</returns>
    public int MakeMount(MountInfo original, BpffsOptions options, out string path)
    {
        path = $"{Path}/{MountsName}";
        int result = Posix.MakeDirectory(Directories.Root, [.. PathText.Bytes(MountsName), 0], 0x1C0);
        if (result < 0 && result != -EEXIST)
            return result;
        string name = System.IO.Path.GetFileName(original.Path) is { Length: > 0 } last ? last : "root";
        byte[] below = [];
        result = -EEXIST;
        for (int number = 1; result == -EEXIST; number++)
        {
            path = $"{Path}/{MountsName}/{(number == 1 ? name : $"{name}-{number}")}";
            below = [.. PathText.Bytes(path[(Path.Length + 1)..]), 0];
            result = Posix.MakeDirectory(Directories.Root, below, 0x1C0);
        }

        int directory = result < 0 ? result : Posix.OpenAt(Directories.Root, below, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (directory < 0)
            return directory;
        ReadOnlySpan<byte> entry = PathText.Terminate(PathText.Bytes(original.Name), stackalloc byte[256]);
        result = StoreBuilder.Publish(Directories.Mounts, entry, MountRegistry.ToBytes(new MountInfo(original.Name, path, options, Id)), 0x1A4);
        if (result >= 0)
            result = Posix.Link(Directories.Mounts, entry, directory, MountRegistry.Marker);
        if (result >= 0)
            return directory;
        _ = Posix.Close(directory);
        return result;
    }

    /// <summary>Makes a store of it: everything else is on the device before the identity is written. It counts as unfinished still.</summary>
    public StorageError? Finish(Store source, BpffsOptions options, IReadOnlyList<StoreQuota> quotas)
    {
        int result = StoreState.Create(Directories.Root);
        if (result >= 0 && quotas.Count > 0)
            result = QuotaSettings.Carry(Directories.Root, quotas);
        if (result >= 0)
            result = MountRegistry.MakeDefault(Directories.Root, Path, Id, options);
        if (result >= 0)
            result = Posix.SynchronizeFileSystem(Directories.Root);
        StoreIdentity identity = new(StoreIdentity.CurrentVersion, default, Id, source.ExecutionSlots);
        if (result >= 0)
            result = StoreBuilder.Publish(Directories.Root, "store\0"u8, identity.ToBytes(), 0x1A4);
        return result < 0 ? StorageErrors.Call(result, $"finish the backup {Path}") : null;
    }

    /// <summary>Gives it to the owner of the store that was copied, which only root can, and ends it.</summary>
    public StorageError? HandOver(Store source)
    {
        int result = Posix.EffectiveUser() == source.Owner ? 0 : GiveAway(source);
        if (result >= 0)
            result = Posix.Unlink(Directories.Root, Unfinished);
        if (result >= 0)
            result = Posix.SynchronizeFileSystem(Directories.Root);
        return result < 0 ? StorageErrors.Call(result, $"finish the backup {Path}") : null;
    }

    /// <inheritdoc/>
    public void Dispose() => Directories.Dispose();

    /// <summary>All that is the store's own: objects, pins and their directories have their owners already.</summary>
    private int GiveAway(Store source)
    {
        int result = Posix.Stat(source.Directories.Root, out FileStatus status);
        string[] own = [.. Directory.EnumerateFileSystemEntries($"{Path}/mounts"), .. Directory.EnumerateDirectories($"{Path}/refs"), .. Directory.EnumerateDirectories($"{Path}/objects"),
            .. StoreBuilder.OurNames.Append(MountsName).Where(name => name != "fs").Select(name => $"{Path}/{name}"), Path];
        foreach (string path in own)
        {
            int descriptor = result < 0 ? result : Posix.OpenAt(AT_FDCWD, [.. PathText.Bytes(path), 0], O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
            if (descriptor < 0 && descriptor != -ENOENT)
                return descriptor;
            if (descriptor >= 0)
            {
                result = Posix.ChangeOwner(descriptor, status.User, status.Group);
                _ = Posix.Close(descriptor);
            }
        }

        return result;
    }

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
