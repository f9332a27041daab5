namespace Holdfast.Kernel.Buffers;

/// <summary>
/// A ring as it is mapped (<c>kernel/bpf/ringbuf.c</c>): a page with the consumer's position; one with the producer's, and behind it the data,
/// twice in a row, so that no record is split. Each side may write its own pages only.
/// </summary>
internal sealed unsafe class RingPages : IDisposable
{
    private readonly MappedPages _consumer;
    private readonly MappedPages _producer;

    private RingPages(MappedPages consumer, MappedPages producer, Readiness readiness)
    {
        _consumer = consumer;
        _producer = producer;
        Readiness = readiness;
    }

    /// <summary>Up to where records were read; only grows.</summary>
    public ref ulong ConsumerPosition => ref *(ulong*)_consumer.Start;

    /// <summary>Up to where records were reserved; only grows.</summary>
    public ref ulong ProducerPosition => ref *(ulong*)_producer.Start;

    /// <summary>The data, of twice the ring's size.</summary>
    public byte* Data => _producer.Start + Environment.SystemPageSize;

    /// <summary>Waits for the other side.</summary>
    public Readiness Readiness { get; }

    /// <summary>Maps a ring.</summary>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="size">Bytes of data: the map's <c>max_entries</c>, which the kernel holds to a power of two and whole pages.</param>
    /// <param name="forWriting">Whether for the producer's side.</param>
    /// <param name="pages">The pages.</param>
    /// <returns>Zero, or the negated <see cref="Isa.Abi.Errno"/>.</returns>
    public static int Map(int map, uint size, bool forWriting, out RingPages? pages)
    {
        pages = null;
        int page = Environment.SystemPageSize;
        int result = MappedPages.Map(map, 0, page, writable: !forWriting, out MappedPages? consumer);
        if (result < 0)
            return result;
        result = MappedPages.Map(map, page, page + (2L * size), writable: forWriting, out MappedPages? producer);
        if (result == 0)
        {
            result = Readiness.Create([map], out Readiness? readiness, forWriting);
            if (result == 0)
            {
                pages = new RingPages(consumer!, producer!, readiness!);
                return 0;
            }
        }

        producer?.Dispose();
        consumer!.Dispose();
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Readiness.Dispose();
        _producer.Dispose();
        _consumer.Dispose();
    }
}
