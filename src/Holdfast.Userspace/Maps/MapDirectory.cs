using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Maps;

/// <summary>The maps that this process has mapped, one mapping for each map however many descriptors and programs use it.</summary>
internal sealed class MapDirectory(EngineState engine)
{
    private readonly ObjectRegistry<MapInstance> _maps = new();

    /// <summary>Finds the map behind a descriptor for a command. The share stays with the descriptor.</summary>
    public bool TryUse(
        int descriptor,
        [NotNullWhen(true)] out DescriptorEntry? entry,
        [NotNullWhen(true)] out MapInstance? map,
        [NotNullWhen(false)] out StorageError? error)
    {
        map = null;
        if (!engine.Descriptors.TryGet(descriptor, out entry, out error))
            return false;
        map = entry.Object as MapInstance;
        if (map is not null)
            return true;
        if (!TryOpen(entry, descriptor, out map, out error))
            return false;
        entry.Object = map;
        return true;
    }

    /// <summary>Takes a share of the map behind a descriptor, to be given back with <see cref="EngineObject.RemoveUser"/>.</summary>
    public bool TryShare(int descriptor, [NotNullWhen(true)] out MapInstance? map, [NotNullWhen(false)] out StorageError? error)
    {
        map = null;
        return engine.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out error) && TryOpen(entry, descriptor, out map, out error);
    }

    /// <summary>Takes a share of a map by id.</summary>
    public bool TryShareById(uint id, [NotNullWhen(true)] out MapInstance? map, [NotNullWhen(false)] out StorageError? error) =>
        _maps.TryShare(
            id,
            shared => shared.File.IsOf(engine.Store),
            (out MapInstance? opened, out StorageError? failure) =>
            {
                opened = null;
                var key = new ObjectKey(ObjectKind.Map, id);
                bool found = engine.Store.TryOpenById(key, ObjectAccess.ReadWrite, out ObjectFile? file, out failure)
                    || (failure.Errno is Errno.EACCES or Errno.EROFS && engine.Store.TryOpenById(key, ObjectAccess.ReadOnly, out file, out failure));
                return found && MapInstance.TryOpen(engine, file!, out opened, out failure);
            },
            out map,
            out error);

    private bool TryOpen(
        DescriptorEntry entry, int descriptor, [NotNullWhen(true)] out MapInstance? map, [NotNullWhen(false)] out StorageError? error)
    {
        if (entry.File.Key.Kind != ObjectKind.Map)
        {
            map = null;
            error = new StorageError(Errno.EINVAL, $"descriptor {descriptor} is a {entry.File.Key.Kind}, not a map");
            return false;
        }

        // A mapping that can't write won't do for a descriptor that may.
        bool wantsWrite = entry.File.Access != ObjectAccess.ReadOnly;
        return _maps.TryShare(
            entry.File.Key.Id,
            shared => shared.File.Header.StoreId == entry.File.Header.StoreId && (!wantsWrite || shared.IsWritable),
            (out MapInstance? opened, out StorageError? failure) => TryReopen(entry.File, out opened, out failure),
            out map,
            out error);
    }

    /// <summary>The mapping gets a descriptor of its own, as wide as the file's modes let it: rights are checked per descriptor, above.</summary>
    private bool TryReopen(ObjectFile source, [NotNullWhen(true)] out MapInstance? map, [NotNullWhen(false)] out StorageError? error)
    {
        map = null;
        Errno failure = source.TryReopen(writable: true, out int descriptor);
        if (failure is Errno.EACCES or Errno.EROFS or Errno.EPERM)
            failure = source.TryReopen(writable: false, out descriptor);
        if (failure != Errno.None)
        {
            error = new StorageError(failure, $"map {source.Key.Id} can't be opened again");
            return false;
        }

        return ObjectFile.TryAdopt(descriptor, engine.Store, out ObjectFile? file, out error) && MapInstance.TryOpen(engine, file, out map, out error);
    }
}
