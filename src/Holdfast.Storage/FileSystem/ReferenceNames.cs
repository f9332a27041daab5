using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>References as the file system holds them: <c>refs/REFERRER/TARGET</c> is a hard link of the target's file.</summary>
internal static class ReferenceNames
{
    /// <summary>Links a target below its referrer; that it is there already is as good.</summary>
    internal static int Add(Store store, ObjectKey referrer, ObjectFile target)
    {
        Span<byte> buffer = stackalloc byte[48];
        ReadOnlySpan<byte> name = PathOf(referrer, target.Key, buffer);
        int result = Posix.LinkDescriptor(target.Descriptor, store.Directories.References, name);
        if (result == -ENOENT)
        {
            result = Posix.MakeDirectory(store.Directories.References, referrer.ShortName(stackalloc byte[16]), 0x1C0);
            if (result == 0 || result == -EEXIST)
                result = Posix.LinkDescriptor(target.Descriptor, store.Directories.References, name);
        }

        return result == -EEXIST ? 0 : result;
    }

    /// <summary>Removes one reference; that it is gone already is as good.</summary>
    internal static int Remove(Store store, ObjectKey referrer, ObjectKey target)
    {
        int result = store.IsAdministered
            ? RemoveWithoutLinks(store, referrer, target)
            : Posix.Unlink(store.Directories.References, PathOf(referrer, target, stackalloc byte[48]));
        return result == -ENOENT ? 0 : result;
    }

    /// <summary>In somebody else's store a referrer's directory may be a link out of it.</summary>
    private static int RemoveWithoutLinks(Store store, ObjectKey referrer, ObjectKey target)
    {
        int directory = Posix.OpenAt(store.Directories.References, referrer.ShortName(stackalloc byte[16]), O_PATH | O_DIRECTORY | O_NOFOLLOW);
        if (directory < 0)
            return directory;
        int result = Posix.Unlink(directory, target.ShortName(stackalloc byte[16]));
        _ = Posix.Close(directory);
        return result;
    }

    /// <summary>Removes all references of a referrer and its directory, noting what they were.</summary>
    internal static void RemoveAll(Store store, ObjectKey referrer, Stack<ObjectKey>? released)
    {
        int root = store.Directories.References;
        ReadOnlySpan<byte> directory = referrer.ShortName(stackalloc byte[16]);
        if (DirectoryReader.TryOpen(root, directory, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (Posix.Unlink(reader.Descriptor, reader.TerminatedName) == 0 && ObjectKey.TryParse(reader.Name, out ObjectKey target))
                    released?.Push(target);
            }
        }

        _ = Posix.Unlink(root, directory, removeDirectory: true);
    }

    /// <summary>What a referrer refers to.</summary>
    internal static List<ObjectKey> Read(Store store, ObjectKey referrer)
    {
        List<ObjectKey> targets = [];
        if (DirectoryReader.TryOpen(store.Directories.References, referrer.ShortName(stackalloc byte[16]), out DirectoryReader? reader) != Errno.None)
            return targets;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (ObjectKey.TryParse(reader.Name, out ObjectKey target))
                    targets.Add(target);
            }
        }

        return targets;
    }

    /// <summary>Path of a reference below <c>refs</c>; the buffer needs 48 bytes.</summary>
    internal static ReadOnlySpan<byte> PathOf(ObjectKey referrer, ObjectKey target, Span<byte> buffer)
    {
        ReadOnlySpan<byte> first = referrer.ShortName(buffer);
        buffer[first.Length - 1] = (byte)'/';
        ReadOnlySpan<byte> second = target.ShortName(buffer[first.Length..]);
        return buffer[..(first.Length + second.Length)];
    }
}
