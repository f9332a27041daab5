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
        if (!map.SupportsBatches)
            return Failures.Of(Errno.ENOTSUPP, $"{map.Description.Type} maps have no batch commands");
        if (attribute.Flags != 0 || attribute.ElemFlags != 0)
            return Failures.Of(Errno.EINVAL, "the batch flags are not valid");
        if (attribute.Count == 0)
            return 0;
        return command switch
        {
            BpfCommand.MapUpdateBatch => Update(map, ref attribute),
            BpfCommand.MapDeleteBatch => Delete(map, ref attribute),
            BpfCommand.MapLookupBatch => Lookup(map, ref attribute, andDelete: false),
            _ => Lookup(map, ref attribute, andDelete: true),
        };
    }

    private static int Update(MapInstance map, ref MapBatchAttribute attribute)
    {
        if (!TryBuffers(map, attribute, out Span<byte> keys, out Span<byte> values))
            return Failures.Of(Errno.EFAULT, "the address of the keys or of the values is null");
        int keySize = (int)map.Description.KeySize, valueSize = map.ValueBufferSize;
        uint count = attribute.Count;
        for (attribute.Count = 0; attribute.Count < count; attribute.Count++)
        {
            int at = (int)attribute.Count;
            int result = map.Update(keys.Slice(at * keySize, keySize), values.Slice(at * valueSize, valueSize), (UpdateFlags)attribute.ElemFlags);
            if (result != 0)
                return result;
        }

        return 0;
    }

    private static int Delete(MapInstance map, ref MapBatchAttribute attribute)
    {
        int keySize = (int)map.Description.KeySize;
        if (!UserMemory.TrySpan(attribute.Keys, (long)attribute.Count * keySize, out Span<byte> keys))
            return Failures.Of(Errno.EFAULT, "the address of the keys is null");
        uint count = attribute.Count;
        for (attribute.Count = 0; attribute.Count < count; attribute.Count++)
        {
            int result = map.Delete(keys.Slice((int)attribute.Count * keySize, keySize));
            if (result != 0)
                return result;
        }

        return 0;
    }

    private static int Lookup(MapInstance map, ref MapBatchAttribute attribute, bool andDelete)
    {
        int token = map.BatchTokenSize;
        if (!TryBuffers(map, attribute, out Span<byte> keys, out Span<byte> values)
            || !UserMemory.TrySpan(attribute.OutBatch, token, out Span<byte> outBatch))
        {
            return Failures.Of(Errno.EFAULT, "the address of the keys, of the values or of out_batch is null");
        }

        Span<byte> inBatch = default;
        if (attribute.InBatch != 0)
            UserMemory.TrySpan(attribute.InBatch, token, out inBatch);
        return map.LookupBatch(inBatch, outBatch, keys, values, ref attribute.Count, andDelete);
    }

    private static bool TryBuffers(MapInstance map, in MapBatchAttribute attribute, out Span<byte> keys, out Span<byte> values)
    {
        values = default;
        return UserMemory.TrySpan(attribute.Keys, attribute.Count * map.Description.KeySize, out keys)
            && UserMemory.TrySpan(attribute.Values, (long)attribute.Count * map.ValueBufferSize, out values);
    }
}
