using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Buffers;

/// <summary>
/// The reading end of a ring buffer: two positions that only grow, and the data mapped twice in a row, so that no record is split
/// (<c>kernel/bpf/ringbuf.c</c>). The consumer's position lies in a page that we may write, all else is read-only.
/// </summary>
internal sealed unsafe class RingSource : IRecordSource
{
    private readonly RingPages _pages;
    private readonly ulong _mask;
    private readonly byte* _data;
    private ulong _position;

    private RingSource(RingPages pages, uint size)
    {
        _pages = pages;
        _mask = size - 1;
        _data = pages.Data;
        _position = Volatile.Read(ref ConsumerPosition);
    }

    private ref ulong ConsumerPosition => ref _pages.ConsumerPosition;

    private ref ulong ProducerPosition => ref _pages.ProducerPosition;

    /// <summary>Maps a ring.</summary>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="size">Bytes of data: the map's <c>max_entries</c>, which the kernel holds to a power of two and whole pages.</param>
    /// <param name="source">The reading end.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Open(int map, uint size, out IRecordSource? source)
    {
        int result = RingPages.Map(map, size, forWriting: false, out RingPages? pages);
        source = result == 0 ? new RingSource(pages!, size) : null;
        return result;
    }

    public int WaitDescriptor => _pages.Readiness.Descriptor;

    public bool TryRead(out SourceRecord record)
    {
        Release();
        // Acquire: the headers before the producer's position are written before it is.
        ulong end = Volatile.Read(ref ProducerPosition);
        while (_position < end)
        {
            byte* start = _data + (_position & _mask);
            // Acquire: the busy bit goes after the record's bytes are written.
            RingRecordHeader header = new(Volatile.Read(ref *(uint*)start));
            if (header.IsBusy)
                break;
            _position += header.Stride;
            if (header.IsDiscarded)
                continue;

            // Safe: the kernel keeps a record within the ring's size, and from any start within the data that much is mapped.
            record = new SourceRecord(new ReadOnlySpan<byte>(start + RingRecordHeader.Size, (int)header.Length), cpu: -1, lost: 0);
            return true;
        }

        Release();
        record = default;
        return false;
    }

    public bool Wait(int milliseconds) => _pages.Readiness.Wait(milliseconds);

    public void Wake() => _pages.Readiness.Wake();

    public void Dispose()
    {
        _pages.Dispose();
    }

    /// <summary>Release: what was read before is read before the kernel may write over it.</summary>
    private void Release() => Volatile.Write(ref ConsumerPosition, _position);
}
