using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>An array's values, mapped by themselves.</summary>
internal sealed unsafe class MappedValues(MappedFile file, Action close) : IMapMemory
{
    private int _closed;

    /// <inheritdoc/>
    public long Length => file.Length;

    /// <inheritdoc/>
    public Span<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, file.Length - offset);

        // Safe: inside of the mapping, which the caller doesn't dispose while it uses the bytes.
        return new(file.Base + offset, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        file.Dispose();
        close();
    }
}
