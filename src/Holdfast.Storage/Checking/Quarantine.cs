using System.Globalization;
using System.Text;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Checking;

/// <summary>The directory <c>quarantine</c> of a store: what a repair replaces is kept there, for people to look at and remove.</summary>
internal static class Quarantine
{
    /// <summary>Moves a file there; zero or negated errno.</summary>
    internal static int Move(Store store, int directory, ReadOnlySpan<byte> name, string label)
    {
        int target = Open(store);
        if (target < 0)
            return target;
        int result = Posix.Rename(directory, name, target, FileName(label), 0);
        _ = Posix.Close(target);
        return result;
    }

    /// <summary>Copies a file there; zero or negated errno.</summary>
    internal static int Copy(Store store, int descriptor, string label)
    {
        int target = Open(store);
        if (target < 0)
            return target;
        byte[] file = FileName(label);
        int copy = Posix.OpenAt(target, file, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
        int result = copy < 0 ? copy : Posix.Stat(descriptor, out FileStatus status) is int failed and < 0 ? failed
            : Posix.Truncate(copy, status.Length) is int cut and < 0 ? cut
            : SparseCopy.Run(descriptor, copy, 0, status.Length);
        if (result < 0 && copy >= 0)
            _ = Posix.Unlink(target, file);
        if (copy >= 0)
            _ = Posix.Close(copy);
        _ = Posix.Close(target);
        return result;
    }

    private static int Open(Store store)
    {
        byte[] name = Encoding.ASCII.GetBytes(StoreBuilder.QuarantineName + "\0");
        int result = Posix.MakeDirectory(store.Directories.Root, name, 0x1C0);
        return result < 0 && result != -EEXIST ? result : Posix.OpenAt(store.Directories.Root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    }

    private static byte[] FileName(string label) =>
        Encoding.UTF8.GetBytes($"{label}-{DateTime.UtcNow.ToString("yyyyMMddTHHmmssfff", CultureInfo.InvariantCulture)}\0");
}
