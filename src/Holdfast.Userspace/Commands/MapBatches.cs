using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>The batch commands: many elements in one call; the number done is written back even on failure.</summary>
internal sealed class MapBatches(EngineState engine)
{
    /// <summary>Carries out a batch command.</summary>
    public int Run(BpfCommand command, ref MapBatchAttribute attribute)
    {
        if (!engine.Maps.TryUse((int)attribute.MapFd, out DescriptorEntry? entry, out MapInstance? map, out StorageError? error))
            return Failures.Of(error);
        bool reads = command is BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch;
        bool writes = command != BpfCommand.MapLookupBatch;
        MapAccessRules access = MapAccessRules.Of(entry, map);
        if ((reads && !access.MayRead) || (writes && !access.MayWrite))
            return MapAccessRules.Denied(reads ? "reading" : "writing");
        if (!map.HasBatch(command))
            return Failures.Of(Errno.ENOTSUPP, $"{map.Description.Type} maps have no {command}");
        bool withLock = attribute.ElemFlags == (ulong)UpdateFlags.Lock;
        if (withLock && !map.HasValueLock)
            return Failures.Of(Errno.EINVAL, MapElements.NoLock);
        // Only a hash's lookups look at the flags of the batch (__htab_map_lookup_and_delete_batch).
        if ((attribute.ElemFlags != 0 && !withLock) || (attribute.Flags != 0 && reads && IsHash(map.Description.Type)))
            return Failures.Of(Errno.EINVAL, "the batch flags are not valid");
        if (attribute.Count == 0)
            return 0;
        uint count = attribute.Count;
        attribute.Count = 0;
        return command switch
        {
            BpfCommand.MapUpdateBatch => Update(map, ref attribute, count),
            BpfCommand.MapDeleteBatch => Delete(map, ref attribute, count),
            BpfCommand.MapLookupBatch => Lookup(map, ref attribute, count, andDelete: false, withLock),
            _ => Lookup(map, ref attribute, count, andDelete: true, withLock),
        };
    }

    private static int Update(MapInstance map, ref MapBatchAttribute attribute, uint count)
    {
        if (!TryBuffers(map, attribute, count, out Span<byte> keys, out Span<byte> values))
            return Failures.Of(Errno.EFAULT, "the address of the keys or of the values is null");
        int keySize = (int)map.Description.KeySize, valueSize = map.ValueBufferSize;
        for (; attribute.Count < count; attribute.Count++)
        {
            int at = (int)attribute.Count;
            int result = map.Update(keys.Slice(at * keySize, keySize), values.Slice(at * valueSize, valueSize), (UpdateFlags)attribute.ElemFlags);
            if (result != 0)
                return result;
        }

        return 0;
    }

    private static int Delete(MapInstance map, ref MapBatchAttribute attribute, uint count)
    {
        int keySize = (int)map.Description.KeySize;
        if (!UserMemory.TrySpan(attribute.Keys, (long)count * keySize, out Span<byte> keys))
            return Failures.Of(Errno.EFAULT, "the address of the keys is null");
        for (; attribute.Count < count; attribute.Count++)
        {
            int result = map.Delete(keys.Slice((int)attribute.Count * keySize, keySize));
            if (result != 0)
                return result;
        }

        return 0;
    }

    private static int Lookup(MapInstance map, ref MapBatchAttribute attribute, uint count, bool andDelete, bool withLock)
    {
        int token = map.BatchTokenSize;
        if (!TryBuffers(map, attribute, count, out Span<byte> keys, out Span<byte> values))
            return Failures.Of(Errno.EFAULT, "the address of the keys or of the values is null");
        if (!UserMemory.TrySpan(attribute.OutBatch, token, out Span<byte> outBatch))
            outBatch = new byte[token];

        Span<byte> inBatch = default;
        if (attribute.InBatch != 0)
            UserMemory.TrySpan(attribute.InBatch, token, out inBatch);
        attribute.Count = count;
        int result = map.LookupBatch(inBatch, outBatch, keys, values, ref attribute.Count, andDelete, withLock);
        if (attribute.OutBatch != 0 || attribute.Count == 0)
            return result;
        // Found last, when the elements are copied (and deleted); a hash writes its count after the token, an array before.
        if (IsHash(map.Description.Type))
            attribute.Count = 0;
        return Failures.Of(Errno.EFAULT, "the address of out_batch is null");
    }

    private static bool IsHash(MapType type) =>
        type is MapType.Hash or MapType.HashOfMaps or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash;

    private static bool TryBuffers(MapInstance map, in MapBatchAttribute attribute, uint count, out Span<byte> keys, out Span<byte> values)
    {
        values = default;
        return UserMemory.TrySpan(attribute.Keys, (long)count * map.Description.KeySize, out keys)
            && UserMemory.TrySpan(attribute.Values, (long)count * map.ValueBufferSize, out values);
    }
}
