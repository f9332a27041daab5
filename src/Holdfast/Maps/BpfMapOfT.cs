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
        bool found = Map.TryLookup(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), MemoryMarshal.AsBytes(new Span<TValue>(ref value)));
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

    /// <summary>All entries, one by one.</summary>
    /// <returns>Keys and values.</returns>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries()
    {
        foreach ((byte[] key, byte[] value) in Map.Entries())
            yield return new(MemoryMarshal.Read<TKey>(key), MemoryMarshal.Read<TValue>(value));
    }
}
