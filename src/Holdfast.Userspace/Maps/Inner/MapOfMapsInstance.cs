using System.Buffers.Binary;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Inner;
using Holdfast.Userspace.Objects;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Inner;

/// <summary>An array or hash of maps: entries hold ids, each backed by a reference that the outer map's object holds on the inner one.</summary>
internal sealed class MapOfMapsInstance(EngineState engine, ObjectFile file, SharedMap shared, MapDescription description)
    : MapInstance(file, shared, description)
{
    /// <summary>Puts the map behind a descriptor into an entry.</summary>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        if (Shared is ArrayOfMapsMap)
        {
            if (flags != UpdateFlags.Any)
                return Failures.Of(Errno.EINVAL, "an array_of_maps takes no update flags");
            if (BinaryPrimitives.ReadUInt32LittleEndian(key) >= Description.MaxEntries)
                return Failures.Of(Errno.E2BIG, $"the array_of_maps has slots 0 to {Description.MaxEntries - 1}");
        }

        int descriptor = BinaryPrimitives.ReadInt32LittleEndian(value);
        if (!engine.Maps.TryShare(descriptor, out MapInstance? inner, out StorageError? error))
            return Failures.Of(error);
        try
        {
            if (!InnerMapRules.Fits(Description.Inner!, inner.Description, engine.Requests.KernelTypes))
                return Failures.Of(Errno.EINVAL, $"map {inner.Key.Id} has not the shape of the inner map that this map was created with");
            if (flags > UpdateFlags.Exist)
                return Failures.Of(Errno.EINVAL, "BPF_NOEXIST and BPF_EXIST are all the flags there are, and exclude each other");
            return Answer(Shared switch
            {
                ArrayOfMapsMap slots => InnerMapSlots.Change(engine.Store, Key, slots, BinaryPrimitives.ReadUInt32LittleEndian(key), inner.File),
                _ => InnerMapSlots.Update(engine.Store, Key, (HashMap)Shared, key.ToArray(), inner.File, flags),
            });
        }
        finally
        {
            inner.RemoveUser();
        }
    }

    /// <summary>Empties a slot, or deletes an entry.</summary>
    public override int Delete(ReadOnlySpan<byte> key)
    {
        if (Shared is not ArrayOfMapsMap slots)
            return Answer(InnerMapSlots.Delete(engine.Store, Key, (HashMap)Shared, key.ToArray()));
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= Description.MaxEntries)
            return Failures.Of(Errno.E2BIG, $"the array_of_maps has slots 0 to {Description.MaxEntries - 1}");
        return slots.IdAt(index) == 0
            ? Failures.Of(Errno.ENOENT, $"slot {index} is empty")
            : Answer(InnerMapSlots.Change(engine.Store, Key, slots, index, null));
    }

    /// <summary>Neither kind has it (<c>map_lookup_and_delete_elem</c>).</summary>
    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, bool withLock = false) => -(int)Errno.ENOTSUPP;

    /// <summary>What a batch deletes it deletes one by one, with the references.</summary>
    public override int LookupBatch(ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete, bool withLock = false)
    {
        int result = Shared.LookupBatch(inBatch, outBatch, keys, values, ref count, andDelete: false);
        int keySize = (int)Description.KeySize;
        for (int at = 0; andDelete && at < count; at++)
            _ = Delete(keys.Slice(at * keySize, keySize));
        return result;
    }

    /// <inheritdoc/>
    private protected override RuntimeMap CreateRuntime(MapDescription description) =>
        new RuntimeMapOfMaps(description, Shared, new InnerMapCache(engine, description.Inner!, ReadIds));

    private HashSet<uint>? ReadIds()
    {
        HashSet<uint> ids = [];
        Errno failure = Shared.ReadEntries((_, value) =>
        {
            ids.Add(BinaryPrimitives.ReadUInt32LittleEndian(value));
            return Errno.None;
        });
        return failure == Errno.None ? ids : null;
    }

    private int Answer(StorageError? error) => error is null ? Noted(0) : Failures.Of(error);
}
