using System.Diagnostics.CodeAnalysis;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Backup;

/// <summary>
/// Copies a store while others use it: the tree of the default bpffs, every object that has a name there, and all that these refer to. Each object is
/// consistent in itself; objects are not of one moment. The copy is a store of its own, with an identity of its own and the same ids of objects.
/// </summary>
public sealed class StoreBackup
{
    private const int DeepestDirectory = 256;

    private readonly Store _source;
    private readonly BackupTarget _target;
    private readonly HashSet<ObjectKey> _copied = [];
    private readonly Stack<ObjectFile> _open = new();
    private long _entries;
    private int _pins;
    private int _leftOut;

    private StoreBackup(Store source, BackupTarget target)
    {
        _source = source;
        _target = target;
    }

    /// <summary>Makes a backup.</summary>
    /// <param name="source">The store.</param>
    /// <param name="destination">A directory that is empty, or not there.</param>
    /// <param name="report">What it holds.</param>
    /// <param name="error">Why not: <c>EEXIST</c>, <c>ENOTEMPTY</c>, <c>EINVAL</c> inside of the store, <c>ENOSPC</c>, …; then no store is there.</param>
    /// <returns>Whether it is whole, and on its device.</returns>
    public static bool TryRun(Store source, string destination, [NotNullWhen(true)] out BackupReport? report, [NotNullWhen(false)] out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        report = null;
        error = BackupTarget.TryMake(source, destination, out BackupTarget? target);
        if (error is not null)
            return false;
        using (target)
        {
            StoreBackup backup = new(source, target!);
            error = backup.Run() ?? Sync(target!.Path);
            if (error is not null)
                return false;
            report = new BackupReport(
                target!.Path, target.Id, backup.Count(ObjectKind.Map), backup.Count(ObjectKind.Program), backup._entries, backup._pins, backup._leftOut);
            return true;
        }
    }

    private StorageError? Run()
    {
        int from = Posix.OpenAt(_source.Directories.Root, "fs\0"u8, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        int to = Posix.OpenAt(_target.Directories.Root, "fs\0"u8, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        StorageError? error = from < 0 || to < 0 ? StorageErrors.Call(Math.Min(from, to), $"open {_source.Path}/fs") : CopyTree(from, to, 0);
        while (_open.TryPop(out ObjectFile? file))
            file.Dispose();
        if (from >= 0)
            _ = Posix.Close(from);
        if (to >= 0)
            _ = Posix.Close(to);
        if (error is not null)
            return error;
        BpffsOptions options = _source.Bpffs.Mounts.FirstOrDefault(mount => mount.Name == "default")?.Options ?? new BpffsOptions();
        int result = _target.Finish(_source, options);
        return result < 0 ? StorageErrors.Call(result, $"finish the backup {_target.Path}") : null;
    }

    /// <summary>The copy keeps the promise of a store that was synced: on a disk, its maps have their snapshots.</summary>
    private static StorageError? Sync(string path)
    {
        if (!Store.TryOpen(path, new StoreOptions { Create = false, SweepBudget = 0 }, out Store? copy, out StorageError? error))
            return error;
        using (copy)
            return copy.Sync();
    }

    private int Count(ObjectKind kind) => _copied.Count(key => key.Kind == kind);

    private StorageError? CopyTree(int from, int to, int depth)
    {
        if (depth > DeepestDirectory)
            return StorageErrors.Of(Errno.ENAMETOOLONG, $"the directories below {_source.Path}/fs are nested too deeply");
        if (DirectoryReader.TryOpen(from, ".\0"u8, out DirectoryReader? reader) is var failure and not Errno.None)
            return StorageErrors.Call(-(int)failure, $"list {_source.Path}/fs");
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
        StorageError? error = copy < 0 ? Failed(copy, reader) : CopyTree(inner, copy, depth + 1);
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
            _leftOut++;
            return null;
        }

        if (!TryOpen(reader, out ObjectFile? file, out StorageError? error))
        {
            bool isForeign = error.Errno is Errno.EXDEV;
            _leftOut += isForeign ? 1 : 0;
            return isForeign || error.Errno == Errno.ENOENT ? null : error;
        }

        ObjectKey key = file.Key;
        if (!file.IsOf(_source))
        {
            file.Dispose();
            _leftOut++;
            return null;
        }

        _open.Push(file);
        error = CopyOpen();
        if (error is not null)
            return error;
        int result = Posix.Link(_target.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), to, reader.TerminatedName);
        _pins++;
        return result < 0 ? Failed(result, reader) : null;
    }

    /// <summary>With the right to write if that is granted: a map of another boot is then made whole first, and a busy bucket can be locked.</summary>
    private bool TryOpen(DirectoryReader reader, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error) =>
        ObjectOpener.TryOpen(_source, reader.Descriptor, reader.TerminatedName, ObjectAccess.ReadWrite, O_NOFOLLOW, Errno.EXDEV, out file, out error)
        || (error.Errno is Errno.EACCES or Errno.EROFS && ObjectOpener.TryOpen(_source, reader.Descriptor, reader.TerminatedName, ObjectAccess.ReadOnly, O_NOFOLLOW, Errno.EXDEV, out file, out error));

    private bool TryOpen(ObjectKey key, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error) =>
        _source.TryOpenById(key, ObjectAccess.ReadWrite, out file, out error)
        || (error.Errno is Errno.EACCES or Errno.EROFS && _source.TryOpenById(key, ObjectAccess.ReadOnly, out file, out error));

    /// <summary>
    /// Copies what is open, and all that it refers to: a target is opened while its referrer is held, and so is there. A target is named
    /// in the copy once it is copied itself; a cycle ends at what is copied already.
    /// </summary>
    private StorageError? CopyOpen()
    {
        List<(ObjectKey Referrer, ObjectKey Target)> references = [];
        while (_open.TryPop(out ObjectFile? file))
        {
            using (file)
            {
                if (!_copied.Add(file.Key))
                    continue;
                List<ObjectFile> members = [];
                StorageError? error = new ObjectCopy(_source, _target).Run(file, members, out long entries);
                _entries += entries;
                foreach (ObjectFile member in members)
                    references.Add((file.Key, member.Key));
                members.ForEach(_open.Push);
                error ??= OpenTargets(file, references);
                if (error is not null)
                    return error;
            }
        }

        foreach ((ObjectKey referrer, ObjectKey target) in references.Distinct())
        {
            if (Refer(referrer, target) is int result and < 0)
                return StorageErrors.Call(result, $"refer from {referrer} to {target} in {_target.Path}");
        }

        return null;
    }

    /// <summary>References as they are, but for what a map of programs or maps holds: that is what the copy's entries hold.</summary>
    private StorageError? OpenTargets(ObjectFile file, List<(ObjectKey Referrer, ObjectKey Target)> references)
    {
        ObjectKind members = file.Key.Kind == ObjectKind.Map ? MemberCopy.KindOf(file.Header.ReadAttributes<MapObjectAttributes>().Type) : ObjectKind.None;
        foreach (ObjectKey target in _source.ReferencesOf(file.Key))
        {
            if (target == file.Key || target.Kind == members)
                continue;
            if (!_copied.Contains(target))
            {
                if (!TryOpen(target, out ObjectFile? opened, out StorageError? error))
                    return error with { Message = $"{ObjectSurvey.Name(file.Key)} uses {ObjectSurvey.Name(target)}: {error.Message}; run holdfast fsck" };
                _open.Push(opened);
            }

            references.Add((file.Key, target));
        }

        return null;
    }

    private int Refer(ObjectKey referrer, ObjectKey target)
    {
        Span<byte> name = stackalloc byte[16];
        int result = Posix.MakeDirectory(_target.Directories.References, referrer.ShortName(name), 0x1C0);
        if (result < 0 && result != -EEXIST)
            return result;
        result = Posix.Link(
            _target.Directories.Of(target.Kind), target.FileName(name), _target.Directories.References, ReferenceNames.PathOf(referrer, target, stackalloc byte[48]));
        return result == -EEXIST ? 0 : result;
    }

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
        return result < 0 ? StorageErrors.Call(result, $"give a directory in {_target.Path} its owner and mode") : null;
    }

    private StorageError Failed(int result, DirectoryReader reader) =>
        StorageErrors.Call(result, $"copy the name {Encoding.UTF8.GetString(reader.Name)} to {_target.Path}");
}
