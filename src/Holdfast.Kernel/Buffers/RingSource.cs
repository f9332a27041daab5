using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Buffers;

/// <summary>
/// The reading end of a ring buffer: two positions that only grow, and the data mapped twice in a row, so that no record is split
/// (<c>kernel/bpf/ringbuf.c</c>). The consumer's position lies in a page that we may write, all else is read-only.
/// </summary>
internal sealed unsafe class RingSource : IRecordSource
{
    private readonly MappedPages _consumer;
    private readonly MappedPages _producer;
    private readonly Readiness _readiness;
    private readonly ulong _mask;
    private readonly byte* _data;
    private ulong _position;

    private RingSource(MappedPages consumer, MappedPages producer, Readiness readiness, uint size)
    {
        _consumer = consumer;
        _producer = producer;
        _readiness = readiness;
        _mask = size - 1;
        _data = producer.Start + Environment.SystemPageSize;
        _position = Volatile.Read(ref ConsumerPosition);
    }

    private ref ulong ConsumerPosition => ref *(ulong*)_consumer.Start;

    private ref ulong ProducerPosition => ref *(ulong*)_producer.Start;

    /// <summary>Maps a ring.</summary>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="size">Bytes of data: the map's <c>max_entries</c>, which the kernel holds to a power of two and whole pages.</param>
    /// <param name="source">The reading end.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Open(int map, uint size, out IRecordSource? source)
    {
        source = null;
        int page = Environment.SystemPageSize;
        int result = MappedPages.Map(map, 0, page, writable: true, out MappedPages? consumer);
        if (result < 0)
            return result;
        result = MappedPages.Map(map, page, page + (2L * size), writable: false, out MappedPages? producer);
        if (result == 0)
        {
            result = Readiness.Create([map], out Readiness? readiness);
            if (result == 0)
            {
                source = new RingSource(consumer!, producer!, readiness!, size);
                return 0;
            }
        }

        producer?.Dispose();
        consumer!.Dispose();
        return result;
    }

    public int WaitDescriptor => _readiness.Descriptor;

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

    public bool Wait(int milliseconds) => _readiness.Wait(milliseconds);

    public void Wake() => _readiness.Wake();

    public void Dispose()
    {
        _readiness.Dispose();
        _producer.Dispose();
        _consumer.Dispose();
    }

    /// <summary>Release: what was read before is read before the kernel may write over it.</summary>
    private void Release() => Volatile.Write(ref ConsumerPosition, _position);
}
