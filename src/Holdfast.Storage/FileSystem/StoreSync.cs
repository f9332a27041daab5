using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// One sync of a durable store: a snapshot of each map that has changed, in its file; all on the device; the snapshots' headers; those on the device. A death
/// anywhere leaves of each map the snapshot before or the new one, and either is right: what recovery takes from it is of a moment after
/// the last successful sync was begun.
/// </summary>
internal sealed class StoreSync(Store store)
{
    private const int Patience = 120_000; // ms; the time of a store with some ten million entries

    private readonly List<(uint Id, UnsealedSnapshot Snapshot)> _taken = [];
    private StorageError? _error;

    /// <summary>Runs it.</summary>
    /// <returns>Null, or the first failure.</returns>
    public StorageError? Run()
    {
        if (store.WhyReadOnly is not null && !store.IsAdministered)
            return StorageErrors.Of(Errno.EPERM, $"only its owner can sync the store {store.Path}: snapshots are written into the maps' files");
        int lockFile = ReferenceLock.OpenFile(store.Directories.Root, create: !store.IsAdministered);
        if (lockFile < 0)
            return StorageErrors.Call(lockFile, $"lock the store {store.Path}");
        int result = LockPatiently(lockFile);
        if (result == -EAGAIN)
            _error = StorageErrors.Of(Errno.EAGAIN, $"another process has been syncing the store {store.Path} for two minutes; resume it (SIGCONT) or end it");
        else if (result < 0)
            _error = StorageErrors.Call(result, $"lock the store {store.Path}");
        else
            RunLocked();
        _ = Posix.Close(lockFile);
        return _error;
    }

    private static int LockPatiently(int lockFile)
    {
        long deadline = Environment.TickCount64 + Patience;
        int result;
        while ((result = OfdLock.TryExclusive(lockFile, ReferenceLock.SyncByte)) == -EAGAIN && Environment.TickCount64 < deadline)
            Thread.Sleep(1);
        return result;
    }

    private void RunLocked()
    {
        foreach (uint id in store.Ids(ObjectKind.Map))
            WithMap(id, Take);

        // Stores through mappings dirty the same page cache as writes, whichever process made them; names and links are the file system's to commit.
        if (!Synchronize())
            return;
        foreach ((uint id, UnsealedSnapshot snapshot) in _taken)
            WithMap(id, (descriptor, _) => snapshot.Seal(descriptor));
        if (_taken.Count > 0 && !Synchronize())
            return;

        // Room, not safety: an area that stays is emptied by the next sync.
        foreach ((uint id, UnsealedSnapshot snapshot) in _taken)
            WithMap(id, (descriptor, _) => snapshot.Retire(descriptor));
    }

    private bool Synchronize()
    {
        int result = Posix.SynchronizeFileSystem(store.Directories.Root);
        if (result < 0)
            _error = StorageErrors.Call(result, $"write the store {store.Path} to its device");
        return result >= 0;
    }

    /// <summary>
    /// Does something with a map's file, without a lock of its own: this descriptor is no reference, and a map that is freed meanwhile takes its
    /// snapshot with it.
    /// </summary>
    private void WithMap(uint id, Func<int, ObjectHeader, Errno> action)
    {
        ObjectKey key = new(ObjectKind.Map, id);
        int descriptor = Posix.OpenAt(store.Directories.Of(ObjectKind.Map), key.FileName(stackalloc byte[16]), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor == -ENOENT)
            return;
        Errno failure = descriptor < 0 ? (Errno)(-descriptor) : Errno.None;

        // No header yet: its creation was not complete when the sync began. A dead, damaged or newer object isn't ours to write.
        if (failure == Errno.None && ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid
            && !header!.IsDead && header.Key == key && header.StoreId == store.Id)
            failure = action(descriptor, header);
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
        if (failure is not (Errno.None or Errno.ENOENT))
            _error ??= Failed(id, failure);
    }

    private Errno Take(int descriptor, ObjectHeader header)
    {
        MapAttributes shape = MapShape.Of(header.ReadAttributes<MapObjectAttributes>());
        if (!shape.IsDurable || MapGeometry.TryCompute(shape, out _, out _) != Errno.None || SnapshotAreas.LengthFor(shape) == 0)
            return Errno.None;
        Errno failure = SharedMap.TryOpen(
            descriptor, shape, header.DataOffset, header.DataLength, writable: true, out SharedMap? map, () => store.ReferencesOf(header.Key));
        if (failure == Errno.EINVAL)
            return Errno.None; // damaged: nobody can use it
        if (failure != Errno.None)
            return failure;
        using (map)
        {
            if (!map!.HasChangedSinceSnapshot())
                return Errno.None;
            failure = map.TakeSnapshot(out UnsealedSnapshot snapshot);
            if (failure == Errno.None)
                _taken.Add((header.Key.Id, snapshot));
            return failure;
        }
    }

    private StorageError Failed(uint id, Errno failure) => failure switch
    {
        Errno.ENOSPC or Errno.EDQUOT => StorageErrors.Of(
            failure, $"there is no room for a snapshot of map {id} in {store.Path}: nothing is promised of what changed in it since the last sync; free some and sync again"),
        Errno.EACCES => StorageErrors.Of(failure, $"map {id} in {store.Path} can't be opened for writing, so not be synced; chmod u+w it"),
        _ => StorageErrors.Call(-(int)failure, $"take a snapshot of map {id} in {store.Path}"),
    };
}
