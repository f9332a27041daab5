using System.Globalization;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Which processes have which objects of a store open: their descriptors are on the objects' files, told by inode.</summary>
internal static class ObjectHolders
{
    internal static IEnumerable<ObjectHolder> Find(Store store)
    {
        Dictionary<(ulong, ulong), ObjectKey> objects = Files(store);
        HashSet<ObjectHolder> seen = [];
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                continue;
            foreach (FileStatus status in OpenFiles(process))
            {
                if (objects.TryGetValue((status.Device, status.Inode), out ObjectKey key) && seen.Add(new ObjectHolder(id, key.Kind, key.Id)))
                    yield return new ObjectHolder(id, key.Kind, key.Id);
            }
        }
    }

    private static Dictionary<(ulong Device, ulong Inode), ObjectKey> Files(Store store)
    {
        Dictionary<(ulong, ulong), ObjectKey> files = [];
        Span<byte> name = stackalloc byte[16];
        foreach (ObjectKind kind in StoreDirectories.Kinds)
        {
            foreach (uint id in store.Ids(kind))
            {
                ObjectKey key = new(kind, id);
                if (Posix.StatAt(store.Directories.Of(kind), key.FileName(name), follow: false, out FileStatus status) == 0)
                    files[(status.Device, status.Inode)] = key;
            }
        }

        return files;
    }

    /// <summary>None of a process that ended meanwhile, or is another user's.</summary>
    private static List<FileStatus> OpenFiles(string process)
    {
        List<FileStatus> files = [];
        byte[] path = Encoding.ASCII.GetBytes(process + "/fd\0");
        if (DirectoryReader.TryOpen(AT_FDCWD, path, out DirectoryReader? reader) != Errno.None)
            return files;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (Posix.StatAt(reader.Descriptor, reader.TerminatedName, follow: true, out FileStatus status) == 0 && status.IsRegular)
                    files.Add(status);
            }
        }

        return files;
    }
}
