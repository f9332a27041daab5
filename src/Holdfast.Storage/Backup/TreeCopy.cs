using System.Diagnostics.CodeAnalysis;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Backup;

/// <summary>Copies the names below a directory of pins, with owners and modes, and the objects that have them.</summary>
/// <param name="source">The store.</param>
/// <param name="target">The copy.</param>
/// <param name="name">What the directory is called, for errors.</param>
/// <param name="copyObject">Copies an object, unless it is copied already, and all it refers to; disposes it.</param>
internal sealed class TreeCopy(Store source, BackupTarget target, string name, Func<ObjectFile, StorageError?> copyObject)
{
    private const int DeepestDirectory = 256;

    /// <summary>Names copied.</summary>
    public int Pins { get; private set; }

    /// <summary>Files that are no objects of the store.</summary>
    public int LeftOut { get; private set; }

    /// <summary>Copies what is below a directory, then gives the copy its owner and mode.</summary>
    public StorageError? Run(int from, int to) => Copy(from, to, 0);

    private StorageError? Copy(int from, int to, int depth)
    {
        if (depth > DeepestDirectory)
            return StorageErrors.Of(Errno.ENAMETOOLONG, $"the directories below {name} are nested too deeply");
        if (DirectoryReader.TryOpen(from, ".\0"u8, out DirectoryReader? reader) is var failure and not Errno.None)
            return StorageErrors.Call(-(int)failure, $"list {name}");
        StorageError? error = null;
        using (reader)
        {
            while (error is null && reader!.MoveNext())
            {
                // What goes between its listing and here is one that was removed meanwhile.
                if (Posix.StatAt(from, reader.TerminatedName, follow: false, out FileStatus status) == 0 && !reader.Name.SequenceEqual(MountRegistry.Marker[..^1]))
                    error = status.IsDirectory ? CopyDirectory(reader, to, depth) : CopyName(reader, to, status);
            }
        }

        // Last: a directory that forbids writing could not have been filled.
        return error ?? CopyOwner(from, to);
    }

    private StorageError? CopyDirectory(DirectoryReader reader, int to, int depth)
    {
        int inner = Posix.OpenAt(reader.Descriptor, reader.TerminatedName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (inner == -ENOENT)
            return null;
        int made = inner < 0 ? inner : Posix.MakeDirectory(to, reader.TerminatedName, 0x1C0);
        int copy = made < 0 ? made : Posix.OpenAt(to, reader.TerminatedName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        StorageError? error = copy < 0 ? Failed(copy, reader) : Copy(inner, copy, depth + 1);
        if (inner >= 0)
            _ = Posix.Close(inner);
        if (copy >= 0)
            _ = Posix.Close(copy);
        return error;
    }

    private StorageError? CopyName(DirectoryReader reader, int to, in FileStatus status)
    {
        if (status.IsSymbolicLink)
            return CopySymbolicLink(reader, to);
        if (!status.IsRegular)
        {
            LeftOut++;
            return null;
        }

        if (!TryOpen(reader, out ObjectFile? file, out StorageError? error))
        {
            bool isForeign = error.Errno is Errno.EXDEV;
            LeftOut += isForeign ? 1 : 0;
            return isForeign || error.Errno == Errno.ENOENT ? null : error;
        }

        ObjectKey key = file.Key;
        if (!file.IsOf(source))
        {
            file.Dispose();
            LeftOut++;
            return null;
        }

        error = copyObject(file);
        if (error is not null)
            return error;
        int result = Posix.Link(target.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), to, reader.TerminatedName);
        Pins++;
        return result < 0 ? Failed(result, reader) : null;
    }

    /// <summary>With the right to write if that is granted: a map of another boot is then made whole first, and a busy bucket can be locked.</summary>
    private bool TryOpen(DirectoryReader reader, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error) =>
        ObjectOpener.TryOpen(source, reader.Descriptor, reader.TerminatedName, ObjectAccess.ReadWrite, O_NOFOLLOW, Errno.EXDEV, out file, out error)
        || (error.Errno is Errno.EACCES or Errno.EROFS && ObjectOpener.TryOpen(source, reader.Descriptor, reader.TerminatedName, ObjectAccess.ReadOnly, O_NOFOLLOW, Errno.EXDEV, out file, out error));

    private StorageError? CopySymbolicLink(DirectoryReader reader, int to)
    {
        Span<byte> text = stackalloc byte[PathText.Maximum];
        int link = Posix.OpenAt(reader.Descriptor, reader.TerminatedName, O_PATH | O_NOFOLLOW);
        int length = link < 0 ? link : Posix.ReadLinkAt(link, text);
        if (link >= 0)
            _ = Posix.Close(link);
        if (length == -ENOENT)
            return null;
        int result = length < 0 ? length : Posix.SymbolicLink(PathText.Terminate(text[..length], stackalloc byte[512]), to, reader.TerminatedName);
        return result < 0 ? Failed(result, reader) : null;
    }

    private StorageError? CopyOwner(int from, int to)
    {
        int result = Posix.Stat(from, out FileStatus status);
        if (result == 0)
            result = Posix.ChangeOwner(to, status.User, status.Group);
        if (result == 0)
            result = Posix.ChangeMode(to, status.Mode & 0xFFF);
        return result < 0 ? StorageErrors.Call(result, $"give a directory in {target.Path} its owner and mode") : null;
    }

    private StorageError Failed(int result, DirectoryReader reader) =>
        StorageErrors.Call(result, $"copy the name {Encoding.UTF8.GetString(reader.Name)} to {target.Path}");
}
