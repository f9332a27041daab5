using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Backup;

/// <summary>
/// Copies a store while others use it: the trees of all mounts, every object that has a name there, and all that these refer to, and the quotas. Each object is
/// consistent in itself; objects are not of one moment. The copy is a store of its own, with an identity of its own and the same ids of objects.
/// </summary>
public sealed class StoreBackup
{
    private readonly Store _source;
    private readonly BackupTarget _target;
    private readonly HashSet<ObjectKey> _copied = [];
    private readonly Stack<ObjectFile> _open = new();
    private readonly List<BackupMount> _mounts = [];
    private ContentCount _contents;
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
            error = backup.Run();
            if (error is not null)
                return false;
            report = backup.Report();
            return true;
        }
    }

    private BackupReport Report() => new()
    {
        Path = _target.Path,
        StoreId = _target.Id,
        Maps = Count(ObjectKind.Map),
        Programs = Count(ObjectKind.Program),
        Links = Count(ObjectKind.Link),
        Entries = _contents.Entries,
        Records = _contents.Records,
        Pins = _pins,
        Mounts = _mounts,
        LeftOut = _leftOut,
        Unnamed = StoreDirectories.Kinds.ToArray().Where(kind => kind != ObjectKind.Btf).Sum(kind => _source.Ids(kind).Count(id => !_copied.Contains(new ObjectKey(kind, id)))),
    };

    private StorageError? Run()
    {
        StorageError? error = CopyDefault() ?? CopyMounts();
        while (_open.TryPop(out ObjectFile? file))
            file.Dispose();
        if (error is null)
            error = _source.Quotas.Read(out IReadOnlyList<StoreQuota> quotas) ?? _target.Finish(_source, OptionsOf("default"), quotas);
        return error ?? Sync() ?? _target.HandOver(_source);
    }

    private BpffsOptions OptionsOf(string mount) => _source.Bpffs.Mounts.FirstOrDefault(info => info.Name == mount)?.Options ?? new BpffsOptions();

    private StorageError? CopyDefault()
    {
        int from = Posix.OpenAt(_source.Directories.Root, "fs\0"u8, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        int to = Posix.OpenAt(_target.Directories.Root, "fs\0"u8, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        return CopyTree(from, to, $"{_source.Path}/fs");
    }

    /// <summary>Each other mount becomes one of the copy, below it. One whose pins can't be seen from here is no reason to leave them out quietly.</summary>
    private StorageError? CopyMounts()
    {
        List<(MountInfo Info, FileStatus Marker)> mounts = [];
        MountRegistry.ForEach(_source, (_, info, status) =>
        {
            // One name only: being made, or its directory is gone.
            if (info.Name != MountRegistry.Default && !info.IsLeaving && status.Links > 1)
                mounts.Add((info, status));
        });
        foreach ((MountInfo info, FileStatus marker) in mounts.OrderBy(mount => mount.Info.Path, StringComparer.Ordinal))
        {
            int from = MountRegistry.OpenMounted(info, marker);
            if (from == -ENOENT)
            {
                return StorageErrors.Of(
                    Errno.ENOENT,
                    $"the pins mounted at {info.Path} are not there any more: if the directory was moved, remount it (holdfast mount DIR -o remount); else unmount it (holdfast umount DIR), or remove {_source.Path}/mounts/{info.Name}");
            }

            if (from < 0)
                return StorageErrors.Call(from, $"open the pins mounted at {info.Path}");
            int to = _target.MakeMount(info, OptionsOf(info.Name), out string path);
            if (CopyTree(from, to, info.Path) is { } error)
                return error;
            _mounts.Add(new BackupMount(info.Path, path));
        }

        return null;
    }

    private StorageError? CopyTree(int from, int to, string name)
    {
        TreeCopy tree = new(_source, _target, name, CopyObject);
        StorageError? error = from < 0 ? StorageErrors.Call(from, $"open {name}") : to < 0 ? StorageErrors.Call(to, $"make the copy of {name} in {_target.Path}") : tree.Run(from, to);
        _pins += tree.Pins;
        _leftOut += tree.LeftOut;
        if (from >= 0)
            _ = Posix.Close(from);
        if (to >= 0)
            _ = Posix.Close(to);
        return error;
    }

    /// <summary>The copy keeps the promise of a store that was synced: on a disk, its maps have their snapshots.</summary>
    private StorageError? Sync()
    {
        if (!Store.TryOpen(_target.Path, new StoreOptions { Create = false, SweepBudget = 0, AllowUnfinishedBackup = true }, out Store? copy, out StorageError? error))
            return error;
        using (copy)
        {
            HookLinks.PurgeAll(copy);
            return copy.Sync();
        }
    }

    private int Count(ObjectKind kind) => _copied.Count(key => key.Kind == kind);

    private bool TryOpen(ObjectKey key, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error) =>
        _source.TryOpenById(key, ObjectAccess.ReadWrite, out file, out error)
        || (error.Errno is Errno.EACCES or Errno.EROFS && _source.TryOpenById(key, ObjectAccess.ReadOnly, out file, out error));

    /// <summary>
    /// Copies what is open, and all that it refers to: a target is opened while its referrer is held, and so is there. A target is named
    /// in the copy once it is copied itself; a cycle ends at what is copied already.
    /// </summary>
    private StorageError? CopyObject(ObjectFile first)
    {
        _open.Push(first);
        List<(ObjectKey Referrer, ObjectKey Target)> references = [];
        while (_open.TryPop(out ObjectFile? file))
        {
            using (file)
            {
                if (!_copied.Add(file.Key))
                    continue;
                List<ObjectFile> members = [];
                StorageError? error = new ObjectCopy(_source, _target).Run(file, members, ref _contents);
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

}
