using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// The values of an array in this process's memory: what programs store is seen at once, and they see what is stored here, word by word. It lives
/// until it is disposed, also if the map's descriptor is closed; nothing that it gave may be used afterwards.
/// </summary>
public sealed class BpfMapMemory : IDisposable
{
    private readonly IMapMemory _memory;
    private readonly int _valueSize;

    internal BpfMapMemory(IMapMemory memory, in MapInfo info, bool writable)
    {
        _memory = memory;
        _valueSize = (int)info.ValueSize;
        Stride = ((long)info.ValueSize + 7) & ~7L;
        Entries = info.MaxEntries;
        IsWritable = writable;
    }

    /// <summary>Whether it may be stored into.</summary>
    public bool IsWritable { get; }

    /// <summary>Number of values.</summary>
    public uint Entries { get; }

    /// <summary>Bytes from one value to the next: the value's size, rounded up to 8.</summary>
    public long Stride { get; }

    /// <summary>Bytes mapped: the values, rounded up to whole pages.</summary>
    public long Length => _memory.Length;

    /// <summary>A value, to be read.</summary>
    /// <param name="index">Its index.</param>
    /// <returns>Its bytes, which may change at any time.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    /// <exception cref="ObjectDisposedException">The mapping is disposed.</exception>
    public ReadOnlySpan<byte> Read(uint index) => Value(index);

    /// <summary>A value, to be read and written.</summary>
    /// <param name="index">Its index.</param>
    /// <returns>Its bytes. Stores are atomic by aligned word only.</returns>
    /// <exception cref="InvalidOperationException">The mapping is for reading.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value.</exception>
    /// <exception cref="ObjectDisposedException">The mapping is disposed.</exception>
    public Span<byte> Write(uint index)
    {
        RequireWritable();
        return Value(index);
    }

    /// <summary>A value as a variable, for <see cref="Interlocked"/> and the like.</summary>
    /// <typeparam name="T">A type of at most the value's size.</typeparam>
    /// <param name="index">The value's index.</param>
    /// <returns>A reference into the mapping.</returns>
    /// <exception cref="InvalidOperationException">The mapping is for reading.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such value, or it is smaller than that.</exception>
    /// <exception cref="ObjectDisposedException">The mapping is disposed.</exception>
    public ref T At<T>(uint index)
        where T : unmanaged => ref MemoryMarshal.AsRef<T>(Write(index));

    /// <summary>Unmaps. No span or reference that came from here may be used any more.</summary>
    public void Dispose() => _memory.Dispose();

    private Span<byte> Value(uint index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Entries);
        return _memory.Slice(index * Stride, _valueSize);
    }

    private void RequireWritable()
    {
        if (!IsWritable)
            throw new InvalidOperationException("The map's values are mapped for reading only; map them with writable: true.");
    }
}
