using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_*_GET_NEXT_ID and BPF_*_GET_FD_BY_ID.</summary>
internal sealed class IdCommands(EngineState engine)
{
    /// <summary>Finds the least id above the given one.</summary>
    public int GetNext(ObjectKind kind, ref GetIdAttribute attribute)
    {
        if (attribute.Id >= int.MaxValue)
            return Failures.Of(Errno.EINVAL, "ids end at 2147483647");
        if (!engine.Store.TryGetNextId(kind, attribute.Id, out uint next))
            return Failures.Of(Errno.ENOENT, $"no {kind} has an id above {attribute.Id}");
        attribute.NextId = next;
        return 0;
    }

    /// <summary>Opens an object by id.</summary>
    public int GetDescriptor(ObjectKind kind, in GetIdAttribute attribute)
    {
        const MapFlags Known = MapFlags.ReadOnly | MapFlags.WriteOnly;
        if (((MapFlags)attribute.OpenFlags & ~(kind == ObjectKind.Map ? Known : MapFlags.None)) != 0)
            return Failures.Of(Errno.EINVAL, kind == ObjectKind.Map ? "open_flags may be BPF_F_RDONLY or BPF_F_WRONLY" : $"a {kind} is opened without flags");
        if (!ObjectAccessFlags.TryRead((MapFlags)attribute.OpenFlags, out ObjectAccess access))
            return Failures.Of(Errno.EINVAL, "BPF_F_RDONLY and BPF_F_WRONLY exclude each other");
        if (kind != ObjectKind.Map)
            access = ObjectAccess.ReadOnly;
        return engine.Store.TryOpenById(new ObjectKey(kind, attribute.Id), access, out ObjectFile? file, out StorageError? error)
            ? engine.Descriptors.Add(file)
            : Failures.Of(error);
    }
}
