namespace Holdfast.Isa.Abi;

/// <content>Maps.</content>
public static unsafe partial class BpfCalls
{
    /// <summary>BPF_MAP_CREATE.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="attribute">Everything about the map.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int MapCreate(this IBpfEngine engine, in MapCreateAttribute attribute)
    {
        MapCreateAttribute copy = attribute;
        return Invoke(engine, BpfCommand.MapCreate, ref copy);
    }

    /// <summary>BPF_MAP_CREATE of a plain map.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="type">Kind of map.</param>
    /// <param name="keySize">Key size in bytes.</param>
    /// <param name="valueSize">Value size in bytes.</param>
    /// <param name="maxEntries">Capacity.</param>
    /// <param name="flags">Flags.</param>
    /// <param name="name">Name, cut to 15 bytes.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int MapCreate(
        this IBpfEngine engine, MapType type, uint keySize, uint valueSize, uint maxEntries, MapFlags flags = MapFlags.None, string name = "") =>
        engine.MapCreate(new MapCreateAttribute
        {
            MapType = type,
            KeySize = keySize,
            ValueSize = valueSize,
            MaxEntries = maxEntries,
            MapFlags = flags,
            MapName = ObjectName.From(name),
        });

    /// <summary>BPF_MAP_LOOKUP_ELEM.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="key">The key, of the map's key size; empty where the map has none.</param>
    /// <param name="value">Receives the value, at least the map's value size (times possible CPUs, each rounded up to 8, for per-CPU maps).</param>
    /// <param name="flags">Flags.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: no such key).</returns>
    public static int MapLookup(this IBpfEngine engine, int map, ReadOnlySpan<byte> key, Span<byte> value, UpdateFlags flags = UpdateFlags.Any) =>
        Element(engine, BpfCommand.MapLookupElem, map, key, value, flags);

    /// <summary>BPF_MAP_UPDATE_ELEM.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="key">The key; empty where the map has none (queue, stack).</param>
    /// <param name="value">The value, as long as for <see cref="MapLookup"/>.</param>
    /// <param name="flags">Whether to create, replace or either.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int MapUpdate(
        this IBpfEngine engine, int map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags = UpdateFlags.Any) =>
        Element(engine, BpfCommand.MapUpdateElem, map, key, value, flags);

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="key">The key.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int MapDelete(this IBpfEngine engine, int map, ReadOnlySpan<byte> key) =>
        Element(engine, BpfCommand.MapDeleteElem, map, key, [], UpdateFlags.Any);

    /// <summary>BPF_MAP_LOOKUP_AND_DELETE_ELEM.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="key">The key; empty where the map has none (queue, stack).</param>
    /// <param name="value">Receives the value, as for <see cref="MapLookup"/>.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int MapLookupAndDelete(
        this IBpfEngine engine, int map, ReadOnlySpan<byte> key, Span<byte> value, UpdateFlags flags = UpdateFlags.Any) =>
        Element(engine, BpfCommand.MapLookupAndDeleteElem, map, key, value, flags);

    /// <summary>BPF_MAP_GET_NEXT_KEY.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="key">The key to go on from; empty for the first.</param>
    /// <param name="nextKey">Receives the next key, at least the map's key size. May be the same memory as <paramref name="key"/>.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: that was the last).</returns>
    public static int MapNextKey(this IBpfEngine engine, int map, ReadOnlySpan<byte> key, Span<byte> nextKey) =>
        Element(engine, BpfCommand.MapGetNextKey, map, key, nextKey, UpdateFlags.Any);

    /// <summary>BPF_MAP_FREEZE: no more writes from user space.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int MapFreeze(this IBpfEngine engine, int map)
    {
        uint attribute = (uint)map;
        return Invoke(engine, BpfCommand.MapFreeze, ref attribute);
    }

    /// <summary>BPF_MAP_LOOKUP_BATCH, or BPF_MAP_LOOKUP_AND_DELETE_BATCH.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="andDelete">Whether to delete what was read.</param>
    /// <param name="inBatch">Where to go on, as <paramref name="outBatch"/> was left; empty to start.</param>
    /// <param name="outBatch">Receives where to go on: 4 bytes, or the key size where that is longer.</param>
    /// <param name="keys">Receives keys, room for <paramref name="count"/>.</param>
    /// <param name="values">Receives values, room for <paramref name="count"/>.</param>
    /// <param name="count">How many are wanted; on return how many were read.</param>
    /// <param name="elementFlags">Flags of each lookup.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: the last batch, <paramref name="count"/> holds its size).</returns>
    public static int MapLookupBatch(
        this IBpfEngine engine,
        int map,
        bool andDelete,
        ReadOnlySpan<byte> inBatch,
        Span<byte> outBatch,
        Span<byte> keys,
        Span<byte> values,
        ref uint count,
        UpdateFlags elementFlags = UpdateFlags.Any)
    {
        BpfCommand command = andDelete ? BpfCommand.MapLookupAndDeleteBatch : BpfCommand.MapLookupBatch;
        return Batch(engine, command, map, inBatch, outBatch, keys, values, ref count, elementFlags);
    }

    /// <summary>BPF_MAP_UPDATE_BATCH.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="values">The values.</param>
    /// <param name="count">How many there are; on return how many were written.</param>
    /// <param name="elementFlags">Flags of each update.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int MapUpdateBatch(
        this IBpfEngine engine,
        int map,
        ReadOnlySpan<byte> keys,
        ReadOnlySpan<byte> values,
        ref uint count,
        UpdateFlags elementFlags = UpdateFlags.Any) =>
        Batch(engine, BpfCommand.MapUpdateBatch, map, [], [], keys, values, ref count, elementFlags);

    /// <summary>BPF_MAP_DELETE_BATCH.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="count">How many there are; on return how many were deleted.</param>
    /// <param name="elementFlags">Flags of each delete.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int MapDeleteBatch(
        this IBpfEngine engine, int map, ReadOnlySpan<byte> keys, ref uint count, UpdateFlags elementFlags = UpdateFlags.Any) =>
        Batch(engine, BpfCommand.MapDeleteBatch, map, [], [], keys, [], ref count, elementFlags);

    private static int Element(
        IBpfEngine engine, BpfCommand command, int map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        fixed (byte* keyPointer = key, valuePointer = value)
        {
            MapElementAttribute attribute = new()
            {
                MapFd = (uint)map,
                Key = (ulong)keyPointer,
                Value = (ulong)valuePointer,
                Flags = (ulong)flags,
            };
            return Invoke(engine, command, ref attribute);
        }
    }

    private static int Batch(
        IBpfEngine engine,
        BpfCommand command,
        int map,
        ReadOnlySpan<byte> inBatch,
        ReadOnlySpan<byte> outBatch,
        ReadOnlySpan<byte> keys,
        ReadOnlySpan<byte> values,
        ref uint count,
        UpdateFlags elementFlags)
    {
        fixed (byte* inPointer = inBatch, outPointer = outBatch, keyPointer = keys, valuePointer = values)
        {
            MapBatchAttribute attribute = new()
            {
                InBatch = (ulong)inPointer,
                OutBatch = (ulong)outPointer,
                Keys = (ulong)keyPointer,
                Values = (ulong)valuePointer,
                Count = count,
                MapFd = (uint)map,
                ElemFlags = (ulong)elementFlags,
            };
            int result = Invoke(engine, command, ref attribute);
            count = attribute.Count;
            return result;
        }
    }
}
