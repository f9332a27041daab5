using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>A map with typed keys and values, over the bytes of a <see cref="BpfMap"/>. Nothing is allocated by its operations.</summary>
/// <typeparam name="TKey">Key type, laid out as the program's.</typeparam>
/// <typeparam name="TValue">Value type, laid out as the program's.</typeparam>
public sealed class BpfMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    internal BpfMap(BpfMap map)
    {
        if (Unsafe.SizeOf<TKey>() != map.KeySize || Unsafe.SizeOf<TValue>() != map.ValueBufferSize)
        {
            throw new ArgumentException(
                $"Map '{map.Name}' has keys of {map.KeySize} and values of {map.ValueBufferSize} bytes, "
                + $"{typeof(TKey).Name} and {typeof(TValue).Name} take {Unsafe.SizeOf<TKey>()} and {Unsafe.SizeOf<TValue>()}.");
        }

        Map = map;
    }

    /// <summary>The map.</summary>
    public BpfMap Map { get; }

    /// <summary>Looks up a value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Receives the value, or zeros.</param>
    /// <returns>Whether the key is there.</returns>
    public bool TryLookup(in TKey key, out TValue value)
    {
        Unsafe.SkipInit(out value);
        bool found = Map.TryLookupChecked(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
        if (!found)
            value = default;
        return found;
    }

    /// <summary>Creates or replaces an entry.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Only create, only replace, or either.</param>
    public void Update(in TKey key, in TValue value, UpdateFlags flags = UpdateFlags.Any) =>
        Map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), MemoryMarshal.AsBytes(new ReadOnlySpan<TValue>(in value)), flags);

    /// <summary>Deletes an entry.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether the key was there.</returns>
    public bool TryDelete(in TKey key) => Map.TryDelete(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)));

    /// <summary>Reads the next entries (BPF_MAP_LOOKUP_BATCH); see <see cref="BpfMap.LookupBatch"/>.</summary>
    /// <param name="cursor">Where to go on; a new one for the first batch.</param>
    /// <param name="keys">Receives keys.</param>
    /// <param name="values">Receives values.</param>
    /// <returns>How many entries were read, 0 after the last batch.</returns>
    public int LookupBatch(MapBatchCursor cursor, Span<TKey> keys, Span<TValue> values) =>
        Map.LookupBatch(cursor, MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values));

    /// <summary>Takes the next entries out of the map (BPF_MAP_LOOKUP_AND_DELETE_BATCH).</summary>
    /// <param name="cursor">Where to go on; a new one for the first batch.</param>
    /// <param name="keys">Receives keys.</param>
    /// <param name="values">Receives values.</param>
    /// <returns>How many entries were taken, 0 after the last batch.</returns>
    public int LookupAndDeleteBatch(MapBatchCursor cursor, Span<TKey> keys, Span<TValue> values) =>
        Map.LookupAndDeleteBatch(cursor, MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values));

    /// <summary>Creates or replaces entries, in their order (BPF_MAP_UPDATE_BATCH).</summary>
    /// <param name="keys">Keys.</param>
    /// <param name="values">As many values.</param>
    /// <param name="flags">Only create, only replace, or either.</param>
    public void UpdateBatch(ReadOnlySpan<TKey> keys, ReadOnlySpan<TValue> values, UpdateFlags flags = UpdateFlags.Any) =>
        Map.UpdateBatch(MemoryMarshal.AsBytes(keys), MemoryMarshal.AsBytes(values), flags);

    /// <summary>Deletes entries, up to the first that the map doesn't hold (BPF_MAP_DELETE_BATCH).</summary>
    /// <param name="keys">Keys.</param>
    /// <returns>How many were deleted.</returns>
    public int DeleteBatch(ReadOnlySpan<TKey> keys) => Map.DeleteBatch(MemoryMarshal.AsBytes(keys));

    /// <summary>All entries, one by one; see <see cref="BpfMap.Entries"/>.</summary>
    /// <returns>Keys and values.</returns>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries()
    {
        MapWalk walk = new(Map);
        while (walk.TryNext(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
            yield return new(MemoryMarshal.Read<TKey>(key), MemoryMarshal.Read<TValue>(value));
    }
}
