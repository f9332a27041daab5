using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Buffers;

/// <summary>
/// The writing end of a user ring buffer (<c>kernel/bpf/ringbuf.c</c>): the consumer's position is the kernel's to write, the producer's
/// and the data, mapped twice in a row, are ours.
/// </summary>
internal sealed unsafe class RingSink : IRecordSink
{
    private const uint Busy = 1u << 31;
    private const uint Discarded = 1u << 30;

    private readonly RingPages _pages;
    private readonly uint _size;
    private readonly byte* _data;
    private byte* _reserved;
    private int _length;

    private RingSink(RingPages pages, uint size)
    {
        _pages = pages;
        _size = size;
        _data = pages.Data;
    }

    private ref ulong ConsumerPosition => ref _pages.ConsumerPosition;

    private ref ulong ProducerPosition => ref _pages.ProducerPosition;

    /// <summary>Maps a ring.</summary>
    /// <param name="map">The map's descriptor.</param>
    /// <param name="size">Bytes of data: the map's <c>max_entries</c>, which the kernel holds to a power of two and whole pages.</param>
    /// <param name="sink">The writing end.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Open(int map, uint size, out IRecordSink? sink)
    {
        int result = RingPages.Map(map, size, forWriting: true, out RingPages? pages);
        sink = result == 0 ? new RingSink(pages!, size) : null;
        return result;
    }

    public int TryReserve(int size, out Span<byte> record)
    {
        record = default;
        if (size < 0 || _reserved is not null)
            return -(int)Errno.EINVAL;
        uint stride = new RingRecordHeader((uint)size).Stride;
        if (stride > _size)
            return -(int)Errno.E2BIG;
        ulong position = ProducerPosition;

        // Acquire: the kernel is done with what lies before its position.
        if (position - Volatile.Read(ref ConsumerPosition) + stride > _size)
            return -(int)Errno.ENOSPC;

        // Safe: a stride is at most the ring's size, and from any place in the ring that much is mapped.
        _reserved = _data + (position & (_size - 1));
        _length = size;
        Volatile.Write(ref *(ulong*)_reserved, (uint)size | Busy);
        Volatile.Write(ref ProducerPosition, position + stride);
        record = new Span<byte>(_reserved + RingRecordHeader.Size, size);
        return 0;
    }

    public void Submit() => Finish(0);

    public void Discard() => Finish(Discarded);

    public bool Wait(int milliseconds) => _pages.Readiness.Wait(milliseconds);

    public void Wake() => _pages.Readiness.Wake();

    public void Dispose()
    {
        if (_reserved is not null)
            Discard();
        _pages.Dispose();
    }

    private void Finish(uint mark)
    {
        if (_reserved is null)
            throw new InvalidOperationException("no record is reserved");

        // Release: the record's bytes before its mark.
        Volatile.Write(ref *(uint*)_reserved, (uint)_length | mark);
        _reserved = null;
    }
}
