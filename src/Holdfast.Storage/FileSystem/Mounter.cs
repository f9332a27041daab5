using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Makes directories bpffs, and ordinary again.</summary>
internal readonly struct Mounter(Store store, PinResolver resolver)
{
    private const uint PermissionBits = 0xFFF;

    internal StorageError? Mount(string path, MountOptions options)
    {
        if (store.WhyReadOnly is { } why)
            return StorageErrors.Of(why.Errno, $"cannot mount in {store.Path}: {why.Message}");
        if ((options.Mode & ~PermissionBits) != 0)
            return StorageErrors.Of(Errno.EINVAL, "mode= takes up to four octal digits");
        int directory = Open(path, O_RDONLY | O_DIRECTORY);
        if (directory < 0)
            return StorageErrors.Call(directory, $"mount {path}");
        StorageError? error = MountOpen(directory, path, options);
        _ = Posix.Close(directory);
        return error;
    }

    internal StorageError? Unmount(string path)
    {
        int directory = Open(path, O_RDONLY | O_DIRECTORY);
        if (directory < 0)
            return StorageErrors.Call(directory, $"unmount {path}");
        StorageError? error = UnmountOpen(directory, path);
        _ = Posix.Close(directory);
        return error;
    }

    private StorageError? MountOpen(int directory, string path, MountOptions options)
    {
        int result = Posix.Stat(directory, out FileStatus status);
        if (result < 0)
            return StorageErrors.Call(result, $"mount {path}");
        if (resolver.FindMount(directory, status) is MountInfo other)
            return StorageErrors.Of(Errno.EBUSY, $"cannot mount {path}: it is below the bpffs {other.Path} already");
        if (!IsEmpty(directory))
            return StorageErrors.Of(Errno.ENOTEMPTY, $"cannot mount {path}: the directory is not empty");
        Span<byte> nameBuffer = stackalloc byte[64];
        ReadOnlySpan<byte> name = PathText.Terminate(Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N")), nameBuffer);
        MountInfo info = new(Encoding.ASCII.GetString(name[..^1]), Path.GetFullPath(path), options, store.Id);
        result = StoreBuilder.Publish(store.Directories.Mounts, name, MountRegistry.ToBytes(info), 0x1A4);
        if (result == 0 && (options.User ?? options.Group) is not null)
            result = Posix.ChangeOwner(directory, options.User ?? uint.MaxValue, options.Group ?? uint.MaxValue);
        if (result == 0)
            result = Posix.ChangeMode(directory, options.Mode);
        if (result == 0)
            result = Posix.Link(store.Directories.Mounts, name, directory, MountRegistry.Marker);
        if (result < 0)
        {
            _ = Posix.Unlink(store.Directories.Mounts, name);
            return result == -EXDEV
                ? StorageErrors.Of(Errno.EXDEV, $"cannot mount {path}: it is not on the file system and mount of the store {store.Path}; choose a store there with --store")
                : StorageErrors.Call(result, $"mount {path}");
        }

        store.State!.NoteMountsChanged();
        return null;
    }

    private StorageError? UnmountOpen(int directory, string path)
    {
        int result = Posix.StatAt(directory, MountRegistry.Marker, follow: false, out FileStatus marker);
        MountInfo? info = result < 0 ? null : MountRegistry.TryRead(directory, MountRegistry.Marker, string.Empty);
        if (info is null)
            return StorageErrors.Of(Errno.EINVAL, $"{path} is not a bpffs");
        if (info.StoreId != store.Id)
            return StorageErrors.Of(Errno.EINVAL, $"{path} is a bpffs of another store; open that store to unmount it");

        // The marker goes first: from then on nobody pins here, and what is left on a kill is ordinary links that rm -r removes.
        result = Posix.Unlink(directory, MountRegistry.Marker);
        if (result < 0)
            return StorageErrors.Call(result, $"unmount {path}");
        store.State?.NoteMountsChanged();
        RemoveRegistration(marker);
        result = RemoveContents(directory);
        return result < 0 ? StorageErrors.Call(result, $"release the pins below {path}") : null;
    }

    private void RemoveRegistration(in FileStatus marker)
    {
        if (DirectoryReader.TryOpen(store.Directories.Mounts, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (Posix.StatAt(reader.Descriptor, reader.TerminatedName, follow: false, out FileStatus status) == 0 && status.IsSameFile(marker))
                    _ = Posix.Unlink(reader.Descriptor, reader.TerminatedName);
            }
        }
    }

    private int RemoveContents(int directory)
    {
        if (DirectoryReader.TryOpen(directory, ".\0"u8, out DirectoryReader? reader) is Errno errno and not Errno.None)
            return -(int)errno;
        int result = 0;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                int one = reader.Type == 4 ? RemoveDirectory(reader) : RemovePin(reader);
                result = one < 0 ? one : result;
            }
        }

        return result;
    }

    private int RemoveDirectory(DirectoryReader reader)
    {
        int inner = Posix.OpenAt(reader.Descriptor, reader.TerminatedName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        int result = inner < 0 ? inner : RemoveContents(inner);
        if (inner >= 0)
            _ = Posix.Close(inner);
        return result < 0 ? result : Posix.Unlink(reader.Descriptor, reader.TerminatedName, removeDirectory: true);
    }

    private int RemovePin(DirectoryReader reader)
    {
        _ = ObjectOpener.TryOpen(
            store, reader.Descriptor, reader.TerminatedName, ObjectAccess.ReadOnly, O_NOFOLLOW, Errno.EACCES, out ObjectFile? file, out _);
        int result = Posix.Unlink(reader.Descriptor, reader.TerminatedName);
        file?.Dispose();
        return result;
    }

    private static bool IsEmpty(int directory)
    {
        if (DirectoryReader.TryOpen(directory, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return false;
        using (reader)
            return !reader!.MoveNext();
    }

    private static int Open(string path, int flags) =>
        Posix.OpenAt(AT_FDCWD, PathText.Terminate(PathText.Bytes(path), stackalloc byte[512]), flags);
}
