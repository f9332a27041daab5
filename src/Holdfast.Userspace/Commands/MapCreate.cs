using System.Diagnostics.CodeAnalysis;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Userspace.Helpers;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Maps.Inner;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_MAP_CREATE.</summary>
internal sealed class MapCreate(EngineState engine)
{
    /// <summary>Carries out the command.</summary>
    public int Run(in MapCreateAttribute attribute)
    {
        if (CheckFields(attribute) is { } reason)
            return Failures.Of(Errno.EINVAL, reason);
        if (!ObjectAccessFlags.TryRead(attribute.MapFlags, out ObjectAccess access))
            return Failures.Of(Errno.EINVAL, "BPF_F_RDONLY and BPF_F_WRONLY exclude each other");

        MapObjectAttributes attributes = Attributes(attribute);
        attributes.DataVersion = MapObjectAttributes.DataVersionOf(attributes.Type, engine.Store.IsDurable);
        Errno shape = MapGeometry.TryCompute(MapShape.Of(attributes), out long dataLength, out string? misshapen);
        if (shape != Errno.None)
            return Failures.Of(shape, misshapen ?? $"a {attribute.MapType} map can't have this shape");
        if (attribute.MapType == MapType.StackTrace && StackTraceMap.DepthOf(MapShape.Of(attributes)) > StackLimit.Frames)
            return Failures.Of(Errno.EINVAL, $"a stack has at most {StackLimit.Frames} frames (kernel.perf_event_max_stack)");
        if ((attribute.MapFlags & MapFlags.TokenFd) != 0)
            return Tokens.Refuse(engine, attribute.MapTokenFd);
        if (attribute.MapType is MapType.ArrayOfMaps or MapType.HashOfMaps && TakeTemplate((int)attribute.InnerMapFd, ref attributes) is var unfit && unfit != 0)
            return unfit;
        // Looked at only if a type is named, as in map_create.
        bool typed = (attribute.BtfKeyTypeId | attribute.BtfValueTypeId) != 0;
        if (!engine.Btfs.TryIdOf(typed ? attribute.BtfFd : 0, out attributes.BtfId, out StorageError? error))
            return Failures.Of(error);
        if (!engine.BtfCache.TryGet(attributes.BtfId, out BtfGraph? types, out error))
            return Failures.Of(error);
        if (types is not null && MapTypeRules.Check(ref attributes, types, out string unsuited) is var refusal && refusal != Errno.None)
            return Failures.Of(refusal, unsuited);
        return Create(attribute, attributes, dataLength, access);
    }

    /// <summary>What is wrong with the fields that don't depend on the kind of map, in one line; null if nothing is.</summary>
    private static string? CheckFields(in MapCreateAttribute attribute)
    {
        if (!ObjectNames.IsValid(attribute.MapName))
            return "a map's name has at most 15 letters, digits, underscores and dots";
        if ((attribute.BtfKeyTypeId | attribute.BtfValueTypeId) != 0 && (attribute.BtfFd == 0 || attribute.BtfValueTypeId == 0))
            return "BTF type ids need a BTF descriptor, and a key type needs a value type";
        if (attribute.BtfVmlinuxValueTypeId != 0)
            return "only struct_ops maps, which the userspace engine doesn't keep, name a type of the kernel's; use the kernel engine";
        if (attribute.MapIfindex != 0)
            return "maps of the userspace engine can't be offloaded to a device";
        if (attribute.ExclProgHash != 0 || attribute.ExclProgHashSize != 0)
            return "maps for one program only (excl_prog_hash) are the kernel engine's";
        if ((attribute.MapFlags & MapFlags.NumaNode) != 0 && !IsNumaNode(attribute.NumaNode))
            return $"there is no NUMA node {attribute.NumaNode}";
        return null;
    }

    /// <summary>Memory comes from where its first user runs whichever node is asked for; what is asked for must exist all the same.</summary>
    private static bool IsNumaNode(uint node) => node is 0 or uint.MaxValue || Directory.Exists($"/sys/devices/system/node/node{node}");

    private int Create(in MapCreateAttribute attribute, MapObjectAttributes attributes, long dataLength, ObjectAccess access)
    {
        StorageError? error;
        if (!TryOpenTypes(attributes.BtfId, out ObjectFile? btf, out error))
            return Failures.Of(error);
        using (btf)
        {
            if (!TryOpenTypes(attributes.InnerBtfId, out ObjectFile? innerTypes, out error))
                return Failures.Of(error);
            using ObjectFile? inner = innerTypes;
            ObjectDefinition definition = ObjectDefinition.ForMap(attributes) with
            {
                Name = attribute.MapName,
                DataLength = dataLength,
                References = btf is null && inner is null ? [] : [.. new[] { btf, inner }.OfType<ObjectFile>()],
                InitializeData = descriptor => SharedMap.Initialize(descriptor, MapShape.Of(attributes)),
            };
            if (!engine.Store.TryCreate(definition, out ObjectFile? file, out error))
                return Failures.Of(error);
            return access == ObjectAccess.ReadWrite ? engine.Descriptors.Add(file) : Narrow(file, access);
        }
    }

    /// <summary>The shape of the inner maps is that of a map that exists (<c>bpf_map_meta_alloc</c>); it is not kept.</summary>
    private int TakeTemplate(int descriptor, ref MapObjectAttributes attributes)
    {
        if (!engine.Maps.TryShare(descriptor, out MapInstance? inner, out StorageError? error))
            return Failures.Of(error);
        try
        {
            MapDescription map = inner.Description;
            if (InnerMapRules.CheckTemplate(map, out string reason) is var failure && failure != Errno.None)
                return Failures.Of(failure, reason);
            MapObjectAttributes own = MapFile.Read(inner.File, engine.Store);
            (attributes.InnerType, attributes.InnerKeySize, attributes.InnerValueSize, attributes.InnerMaxEntries, attributes.InnerFlags) =
                (own.Type, own.KeySize, own.ValueSize, own.MaxEntries, own.Flags);
            (attributes.InnerBtfId, attributes.InnerBtfKeyTypeId, attributes.InnerBtfValueTypeId) = (own.BtfId, own.BtfKeyTypeId, own.BtfValueTypeId);
            return 0;
        }
        finally
        {
            inner.RemoveUser();
        }
    }

    private bool TryOpenTypes(uint id, out ObjectFile? file, [NotNullWhen(false)] out StorageError? error)
    {
        file = null;
        error = null;
        return id == 0 || engine.Store.TryOpenById(new ObjectKey(ObjectKind.Btf, id), ObjectAccess.ReadOnly, out file, out error);
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
        MaxEntries = LruRules.EntriesOf(attribute.MapType, attribute.MapFlags, attribute.MaxEntries, (uint)engine.Store.ExecutionSlots),
        Flags = attribute.MapFlags & ~MapFlags.TokenFd,
        NumaNode = attribute.NumaNode,
        MapExtra = attribute.MapExtra,
        BtfKeyTypeId = attribute.BtfKeyTypeId,
        BtfValueTypeId = attribute.BtfValueTypeId,
        ExecutionSlots = (uint)engine.Store.ExecutionSlots,
    };
}
