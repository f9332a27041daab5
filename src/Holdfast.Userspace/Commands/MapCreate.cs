using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Userspace.Maps;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_MAP_CREATE.</summary>
internal sealed class MapCreate(EngineState engine)
{
    /// <summary>Carries out the command.</summary>
    public int Run(in MapCreateAttribute attribute)
    {
        if (!ObjectNames.IsValid(attribute.MapName))
            return Failures.Of(Errno.EINVAL, "a map's name has at most 15 letters, digits, underscores and dots");
        if (attribute.BtfKeyTypeId != 0 || attribute.BtfValueTypeId != 0 ? attribute.BtfFd == 0 || attribute.BtfValueTypeId == 0 : false)
            return Failures.Of(Errno.EINVAL, "BTF type ids need a BTF descriptor, and a key type needs a value type");
        if (attribute.MapIfindex != 0)
            return Failures.Of(Errno.EINVAL, "maps of the userspace engine can't be offloaded to a device");
        if (!ObjectAccessFlags.TryRead(attribute.MapFlags, out ObjectAccess access))
            return Failures.Of(Errno.EINVAL, "BPF_F_RDONLY and BPF_F_WRONLY exclude each other");

        MapObjectAttributes attributes = Attributes(attribute);
        if (!engine.Btfs.TryIdOf(attribute.BtfFd, out attributes.BtfId, out StorageError? error))
            return Failures.Of(error);
        Errno shape = MapGeometry.TryCompute(MapShapes.Of(attributes), out long dataLength, out string? reason);
        if (shape != Errno.None)
            return Failures.Of(shape, reason ?? $"a {attribute.MapType} map can't have this shape");
        return Create(attribute, attributes, dataLength, access);
    }

    private int Create(in MapCreateAttribute attribute, MapObjectAttributes attributes, long dataLength, ObjectAccess access)
    {
        StorageError? error;
        ObjectFile? btf = null;
        if (attributes.BtfId != 0
            && !engine.Store.TryOpenById(new ObjectKey(ObjectKind.Btf, attributes.BtfId), ObjectAccess.ReadOnly, out btf, out error))
        {
            return Failures.Of(error);
        }

        using (btf)
        {
            ObjectDefinition definition = ObjectDefinition.ForMap(attributes) with
            {
                Name = attribute.MapName,
                DataLength = dataLength,
                References = btf is null ? [] : [btf],
                InitializeData = descriptor => MapShapes.Initialize(descriptor, attributes),
            };
            if (!engine.Store.TryCreate(definition, out ObjectFile? file, out error))
                return Failures.Of(error);
            return access == ObjectAccess.ReadWrite ? engine.Descriptors.Add(file) : Narrow(file, access);
        }
    }

    /// <summary>A map created for reading or writing only: the descriptor that the caller gets is opened that way.</summary>
    private int Narrow(ObjectFile file, ObjectAccess access)
    {
        using (file)
        {
            return engine.Store.TryOpenById(file.Key, access, out ObjectFile? narrowed, out StorageError? error)
                ? engine.Descriptors.Add(narrowed)
                : Failures.Of(error);
        }
    }

    private MapObjectAttributes Attributes(in MapCreateAttribute attribute) => new()
    {
        Type = attribute.MapType,
        KeySize = attribute.KeySize,
        ValueSize = attribute.ValueSize,
        MaxEntries = attribute.MaxEntries,
        Flags = attribute.MapFlags,
        NumaNode = attribute.NumaNode,
        MapExtra = attribute.MapExtra,
        BtfKeyTypeId = attribute.BtfKeyTypeId,
        BtfValueTypeId = attribute.BtfValueTypeId,
        BtfVmlinuxValueTypeId = attribute.BtfVmlinuxValueTypeId,
        ExecutionSlots = (uint)engine.Store.ExecutionSlots,
    };
}
