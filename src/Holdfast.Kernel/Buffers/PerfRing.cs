using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using static Tmds.Linux.LibC;

namespace Holdfast.Kernel.Buffers;

/// <summary>One CPU's perf buffer: a page with two positions, then the data, mapped once, so that records wrap around its end.</summary>
internal sealed unsafe class PerfRing : IDisposable
{
    // Offsets in struct perf_event_mmap_page.
    private const int DataHead = 1024;
    private const int DataTail = 1032;

    private const int HeaderSize = 8; // struct perf_event_header: u32 type, u16 misc, u16 size
    private const uint Lost = 2; // PERF_RECORD_LOST
    private const uint Sample = 9; // PERF_RECORD_SAMPLE

    private readonly MappedPages _pages;
    private readonly int _cpu;
    private readonly int _size;
    private ulong _position;
    private byte[] _record = new byte[256];

    private PerfRing(int descriptor, MappedPages pages, int cpu, int size)
    {
        Descriptor = descriptor;
        _pages = pages;
        _cpu = cpu;
        _size = size;
        _position = Volatile.Read(ref Tail);
    }

    /// <summary>The event's descriptor.</summary>
    public int Descriptor { get; }

    private ref ulong Head => ref *(ulong*)(_pages.Start + DataHead);

    private ref ulong Tail => ref *(ulong*)(_pages.Start + DataTail);

    /// <summary>Opens and maps a CPU's buffer.</summary>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Open(int cpu, int pages, out PerfRing? ring)
    {
        ring = null;
        int descriptor = PerfEvent.Open(cpu);
        if (descriptor < 0)
            return descriptor;
        int page = Environment.SystemPageSize;
        int result = MappedPages.Map(descriptor, 0, (1L + pages) * page, writable: true, out MappedPages? mapped);
        if (result < 0)
        {
            _ = close(descriptor);
            return result;
        }

        ring = new PerfRing(descriptor, mapped!, cpu, pages * page);
        return 0;
    }

    /// <summary>Takes the next record; it is copied out, and stays until the next call.</summary>
    public bool TryRead(out SourceRecord record)
    {
        ulong head = Volatile.Read(ref Head); // acquire: the records before it are written before it is
        Span<byte> header = stackalloc byte[HeaderSize];
        while (_position < head)
        {
            Copy(_position, header);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            int size = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
            if (size < HeaderSize)
                break;
            Span<byte> body = Body(_position + HeaderSize, size - HeaderSize);
            _position += (ulong)size;
            Volatile.Write(ref Tail, _position); // release: the copy is made before the kernel may write over it
            if (type == Sample && body.Length >= sizeof(uint))
            {
                int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(body), (uint)body.Length - sizeof(uint));
                record = new SourceRecord(body.Slice(sizeof(uint), length), _cpu, lost: 0);
                return true;
            }

            if (type == Lost && body.Length >= 2 * sizeof(ulong))
            {
                record = new SourceRecord([], _cpu, BinaryPrimitives.ReadUInt64LittleEndian(body[sizeof(ulong)..]));
                return true;
            }
        }

        record = default;
        return false;
    }

    public void Dispose()
    {
        _pages.Dispose();
        _ = close(Descriptor);
    }

    private Span<byte> Body(ulong from, int length)
    {
        if (_record.Length < length)
            _record = new byte[length];
        Span<byte> body = _record.AsSpan(0, length);
        Copy(from, body);
        return body;
    }

    /// <summary>Copies out of the data, over its end where need be.</summary>
    private void Copy(ulong from, Span<byte> to)
    {
        // Safe: both pieces lie within the _size bytes behind the first page; a record has at most 64 KiB, and one larger than the
        // buffer can't have been written.
        int start = (int)(from & (ulong)(_size - 1));
        ReadOnlySpan<byte> data = new(_pages.Start + Environment.SystemPageSize, _size);
        int first = Math.Min(to.Length, _size - start);
        data.Slice(start, first).CopyTo(to);
        data[..(to.Length - first)].CopyTo(to[first..]);
    }
}
