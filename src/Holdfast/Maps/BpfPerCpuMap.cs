using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// A map that keeps one value a CPU for each key, with typed keys and values. A program sees its own CPU's value, user space all of
/// them, as arrays indexed by CPU number. Of the userspace engine a "CPU" is an execution slot.
/// </summary>
/// <typeparam name="TKey">Key type, laid out as the program's.</typeparam>
/// <typeparam name="TValue">Type of one CPU's value, laid out as the program's.</typeparam>
public sealed class BpfPerCpuMap<TKey, TValue>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private const int StackBytes = 1024;

    internal BpfPerCpuMap(BpfMap map)
    {
        if (Unsafe.SizeOf<TKey>() != map.KeySize || Unsafe.SizeOf<TValue>() != map.ValueSize)
        {
            throw new ArgumentException(
                $"Map '{map.Name}' has keys of {map.KeySize} and values of {map.ValueSize} bytes, "
                + $"{typeof(TKey).Name} and {typeof(TValue).Name} take {Unsafe.SizeOf<TKey>()} and {Unsafe.SizeOf<TValue>()}.");
        }

        if (!PerCpuValues.AreKeptBy(map.Type))
            throw new ArgumentException($"Map '{map.Name}' has one value a key, it is a {map.Type} map: use As<TKey, TValue>().");
        Map = map;
        Cpus = map.ValueBufferSize / Stride;
    }

    /// <summary>The map.</summary>
    public BpfMap Map { get; }

    /// <summary>Values a key.</summary>
    public int Cpus { get; }

    /// <summary>Bytes from one CPU's value to the next: each starts at a multiple of 8.</summary>
    private static int Stride => (Unsafe.SizeOf<TValue>() + 7) & ~7;

    /// <summary>Looks up all values of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">Receives a value for each CPU, <see cref="Cpus"/> of them.</param>
    /// <returns>Whether the key is there.</returns>
    public bool TryLookup(in TKey key, Span<TValue> values)
    {
        CheckCount(values.Length);
        Span<byte> buffer = Map.ValueBufferSize <= StackBytes ? stackalloc byte[Map.ValueBufferSize] : new byte[Map.ValueBufferSize];
        if (!Map.TryLookup(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), buffer))
            return false;
        Unpack(buffer, values);
        return true;
    }

    /// <summary>Creates or replaces all values of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">A value for each CPU, <see cref="Cpus"/> of them.</param>
    /// <param name="flags">Only create, only replace, or either.</param>
    public void Update(in TKey key, ReadOnlySpan<TValue> values, UpdateFlags flags = UpdateFlags.Any)
    {
        CheckCount(values.Length);
        Span<byte> buffer = Map.ValueBufferSize <= StackBytes ? stackalloc byte[Map.ValueBufferSize] : new byte[Map.ValueBufferSize];
        buffer.Clear();
        for (int cpu = 0; cpu < Cpus; cpu++)
            MemoryMarshal.Write(buffer[(cpu * Stride)..], values[cpu]);
        Map.Update(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)), buffer, flags);
    }

    /// <summary>Deletes a key with all its values.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Whether the key was there.</returns>
    public bool TryDelete(in TKey key) => Map.TryDelete(MemoryMarshal.AsBytes(new ReadOnlySpan<TKey>(in key)));

    /// <summary>All entries, one by one; see <see cref="BpfMap.Entries"/>.</summary>
    /// <returns>Keys and the values of all CPUs.</returns>
    public IEnumerable<KeyValuePair<TKey, TValue[]>> Entries()
    {
        MapWalk walk = new(Map);
        while (walk.TryNext(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
        {
            TValue[] values = new TValue[Cpus];
            Unpack(value, values);
            yield return new(MemoryMarshal.Read<TKey>(key), values);
        }
    }

    private void Unpack(ReadOnlySpan<byte> buffer, Span<TValue> values)
    {
        for (int cpu = 0; cpu < Cpus; cpu++)
            values[cpu] = MemoryMarshal.Read<TValue>(buffer[(cpu * Stride)..]);
    }

    private void CheckCount(int count)
    {
        if (count != Cpus)
            throw new ArgumentException($"Map '{Map.Name}' keeps {Cpus} values a key, one a CPU; {count} were given.");
    }
}
