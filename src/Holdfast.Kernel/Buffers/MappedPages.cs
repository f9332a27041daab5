using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Kernel.Buffers;

/// <summary>A shared mapping of a descriptor, unmapped once.</summary>
internal sealed unsafe class MappedPages : IDisposable
{
    private readonly long _length;
    private byte* _start;

    private MappedPages(byte* start, long length)
    {
        _start = start;
        _length = length;
    }

    /// <summary>The first byte.</summary>
    public byte* Start => _start is not null ? _start : throw new ObjectDisposedException(nameof(MappedPages));

    /// <summary>Maps.</summary>
    /// <returns>Zero, or the negated error.</returns>
    public static int Map(int descriptor, long offset, long length, bool writable, out MappedPages? pages)
    {
        int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
        void* start = mmap(null, (size_t)(ulong)length, protection, MAP_SHARED, descriptor, offset);
        pages = start == MAP_FAILED ? null : new MappedPages((byte*)start, length);
        return pages is null ? -Marshal.GetLastPInvokeError() : 0;
    }

    public void Dispose()
    {
        if (_start is null)
            return;
        _ = munmap(_start, (size_t)(ulong)_length);
        _start = null;
    }
}
