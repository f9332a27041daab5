using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Buffers;

/// <summary>The values of an array, as the kernel maps them (<c>array_map_mmap</c>).</summary>
internal sealed unsafe class ArrayMemory : IMapMemory
{
    private readonly MappedPages _pages;

    private ArrayMemory(MappedPages pages, long length)
    {
        _pages = pages;
        Length = length;
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <summary>Maps.</summary>
    /// <returns>Zero, or the negated error.</returns>
    public static int Open(int map, in MapInfo info, bool writable, out IMapMemory? memory)
    {
        memory = null;
        long values = ((info.ValueSize + 7L) & ~7L) * info.MaxEntries, page = Environment.SystemPageSize;
        long length = (values + page - 1) & -page;
        int result = MappedPages.Map(map, 0, length, writable, out MappedPages? pages);
        if (result == 0)
            memory = new ArrayMemory(pages!, length);
        return result;
    }

    /// <inheritdoc/>
    public Span<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);

        // Safe: inside of the mapping, which the caller doesn't dispose while it uses the bytes.
        return new(_pages.Start + offset, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _pages.Dispose();
}
