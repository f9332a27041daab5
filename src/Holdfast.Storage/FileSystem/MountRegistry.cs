using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Which directories are bpffs: <c>mounts/NAME</c> in the store and <c>.bpffs</c> in the directory are one file (hard links), of
/// <c>key=value</c> lines. So a directory tells by itself what it is, also to those who can't see the store, and the store can list its own.
/// </summary>
internal static class MountRegistry
{
    /// <summary>The marker's name; bpffs reserves names with a dot.</summary>
    internal static ReadOnlySpan<byte> Marker => ".bpffs\0"u8;

    private const string FirstLine = "holdfast bpffs 1";
    /// <summary>The name of the store's own mount.</summary>
    internal const string Default = "default";
    private const int Maximum = 8192;

    /// <summary>Marks the directory <c>fs</c> of a new store.</summary>
    internal static int MakeDefault(int root, string storePath, Guid storeId, BpffsOptions? options = null)
    {
        int mounts = Posix.OpenAt(root, "mounts\0"u8, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        if (mounts < 0)
            return mounts;
        MountInfo info = new(Default, storePath + "/fs", options ?? new BpffsOptions(), storeId);
        int result = StoreBuilder.Publish(mounts, "default\0"u8, ToBytes(info), 0x1A4);
        if (result == 0)
            result = Posix.Link(mounts, "default\0"u8, root, "fs/.bpffs\0"u8);
        _ = Posix.Close(mounts);
        return result == -EEXIST ? 0 : result;
    }

    /// <summary>The marker's bytes.</summary>
    internal static byte[] ToBytes(MountInfo info)
    {
        StringBuilder text = new();
        text.Append(FirstLine).Append('\n');
        text.Append("store=").Append(info.StoreId).Append('\n');
        text.Append("path=").Append(info.Path.Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("options=").Append(info.Options).Append('\n');
        if (info.IsLeaving)
            text.Append("leaving=1\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>
    /// Changes what both names of a marker say, by one write: a kill leaves the old or the new. Newlines overwrite what was longer;
    /// a reader in that very moment may see both, and what it can't parse is no option.
    /// </summary>
    internal static int Rewrite(Store store, MountInfo info)
    {
        int descriptor = Posix.OpenAt(
            store.Directories.Mounts, PathText.Terminate(PathText.Bytes(info.Name), stackalloc byte[256]), O_RDWR | O_NOFOLLOW);
        if (descriptor < 0)
            return descriptor;
        int result = Posix.Stat(descriptor, out FileStatus status);
        byte[] bytes = ToBytes(info);
        int length = bytes.Length;
        Array.Resize(ref bytes, (int)Math.Clamp(status.Length, length, Maximum));
        bytes.AsSpan(length).Fill((byte)'\n');
        if (result == 0)
            result = Posix.Write(descriptor, bytes, 0);
        _ = Posix.Close(descriptor);
        return result;
    }

    /// <summary>Reads a marker; null if it is none. Lines that aren't known are passed over.</summary>
    internal static MountInfo? TryRead(int directory, ReadOnlySpan<byte> name, string registryName)
    {
        int descriptor = Posix.OpenAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return null;
        byte[] bytes = new byte[Maximum];
        int count = Posix.Read(descriptor, bytes, 0);
        _ = Posix.Close(descriptor);
        return count < 0 ? null : TryParse(bytes.AsSpan(0, count), registryName);
    }

    /// <summary>Reads a marker's bytes.</summary>
    internal static MountInfo? TryParse(ReadOnlySpan<byte> bytes, string registryName)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines[0] != FirstLine)
            return null;
        Guid store = Guid.Empty;
        string path = string.Empty;
        BpffsOptions options = new();
        bool leaving = false;
        foreach (string line in lines[1..])
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string value = line[(equals + 1)..];
            switch (equals < 0 ? string.Empty : line[..equals])
            {
                case "store" when Guid.TryParse(value, out Guid id):
                    store = id;
                    break;
                case "path":
                    path = value;
                    break;
                case "options" when BpffsOptions.TryParse(value, out BpffsOptions? parsed, out _):
                    options = parsed;
                    break;
                case "leaving":
                    leaving = true;
                    break;
            }
        }

        return store == Guid.Empty ? null : new MountInfo(registryName, path, options, store) { IsLeaving = leaving };
    }

    /// <summary>Every bpffs directory of a store, the default one first, with the owner and mode that its root directory has now.</summary>
    internal static List<MountInfo> List(Store store)
    {
        List<MountInfo> mounts = [];
        ForEach(store, (reader, info, status) =>
        {
            // One name only: being made, or its directory is gone.
            if (!info.IsLeaving && status.Links > 1)
                mounts.Add(info with { Options = InForce(info, status) });
        });
        mounts.Sort(static (a, b) => a.Name == b.Name ? 0 : a.Name == Default ? -1 : b.Name == Default ? 1 : string.CompareOrdinal(a.Path, b.Path));
        return mounts;
    }

    /// <summary>The registration whose file is the marker of an open directory; null if the marker is no file of the registry.</summary>
    internal static MountInfo? FindRegistered(Store store, int directory)
    {
        MountInfo? found = null;
        if (Posix.StatAt(directory, Marker, follow: false, out FileStatus marker) < 0)
            return null;
        ForEach(store, (_, info, status) => found = status.IsSameFile(marker) ? info : found);
        return found;
    }

    /// <summary>Looks at every registration. The default mount is where the store is now: stores are moved, and bind-mounted elsewhere.</summary>
    internal static void ForEach(Store store, Action<DirectoryReader, MountInfo, FileStatus> look)
    {
        if (DirectoryReader.TryOpen(store.Directories.Mounts, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                MountInfo? info = TryRead(reader.Descriptor, reader.TerminatedName, Encoding.UTF8.GetString(reader.Name));
                if (info is not null && Posix.StatAt(reader.Descriptor, reader.TerminatedName, follow: false, out FileStatus status) == 0)
                    look(reader, info.Name == Default ? info with { Path = store.Bpffs.DefaultPath } : info, status);
            }
        }
    }

    /// <summary>Opens the directory of a registration where it was mounted; negated errno, <c>-ENOENT</c> if another one is there.</summary>
    internal static int OpenMounted(MountInfo info, in FileStatus marker)
    {
        int directory = Posix.OpenAt(AT_FDCWD, PathText.Terminate(PathText.Bytes(info.Path), stackalloc byte[512]), O_RDONLY | O_DIRECTORY);
        if (directory < 0)
            return directory;
        if (Posix.StatAt(directory, Marker, follow: false, out FileStatus found) == 0 && found.IsSameFile(marker))
            return directory;
        _ = Posix.Close(directory);
        return -ENOENT;
    }

    private static BpffsOptions InForce(MountInfo info, in FileStatus marker)
    {
        BpffsOptions options = info.Options with { ReadOnly = info.Options.ReadOnly ?? false };
        int directory = OpenMounted(info, marker);
        if (directory < 0)
            return options;
        int result = Posix.Stat(directory, out FileStatus root);
        _ = Posix.Close(directory);
        return result < 0 ? options : options with { User = root.User, Group = root.Group, Mode = root.Mode & 0xFFF };
    }
}
