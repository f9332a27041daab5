using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>The writing end of a user ring buffer.</summary>
internal sealed unsafe class UserRingWriter : IRecordSink
{
    private readonly UserRingMap _ring;
    private readonly RecordWait _wait;
    private readonly Action _closed;
    private readonly int _held;
    private ulong _position;
    private ulong _reserved;
    private int _length = -1;
    private uint _wanted;
    private bool _disposed;

    /// <summary>Begins behind what the last writer wrote; what it left unfinished is discarded, since its end of the ring is ours.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="held">The lock that makes this the only writer.</param>
    /// <param name="closed">Called when it is disposed.</param>
    public UserRingWriter(UserRingMap ring, int held, Action closed)
    {
        _ring = ring;
        _held = held;
        _closed = closed;
        _wait = new RecordWait(ring);
        _position = Volatile.Read(ref ring.ProducerPosition);
        ulong consumer = Volatile.Read(ref ring.ConsumerPosition);
        if (ring.DiscardBusy(consumer, _position))
            return;
        _position = consumer & ~7ul;
        Volatile.Write(ref ring.ConsumerPosition, _position);
        Volatile.Write(ref ring.ProducerPosition, _position);
    }

    /// <inheritdoc/>
    public int TryReserve(int size, out Span<byte> record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        record = default;
        if (size < 0 || _length >= 0)
            return -(int)Errno.EINVAL;
        uint stride = new RingRecordHeader((uint)size).Stride;
        if (stride > _ring.Size)
            return -(int)Errno.E2BIG;
        _wanted = stride;
        if (!HasRoom())
            return -(int)Errno.ENOSPC;
        Errno failure = _ring.Ensure(_position, stride);
        if (failure != Errno.None)
            return -(int)failure;
        _ring.Mark(_position, (uint)size, busy: true, discarded: false);
        _reserved = _position;
        _length = size;
        _position += stride;

        // Release: header before position. A death before it leaves nothing, one after it a record that the next writer discards.
        Volatile.Write(ref _ring.ProducerPosition, _position);

        // Safe: at most Size bytes with the header, of which so much is mapped from any place in the ring.
        record = new Span<byte>(_ring.At(_reserved) + RingRecordHeader.Size, size);
        return 0;
    }

    /// <inheritdoc/>
    public void Submit() => Finish(discard: false);

    /// <inheritdoc/>
    public void Discard() => Finish(discard: true);

    /// <inheritdoc/>
    public bool Wait(int milliseconds)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _wait.Until(this, static writer => ((UserRingWriter)writer).HasRoom(), static _ => false, milliseconds);
    }

    /// <inheritdoc/>
    public void Wake() => _wait.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        if (_length >= 0)
            Finish(discard: true);
        _disposed = true;
        _wait.Dispose();
        RecordMap.EndHold(_held);
        _closed();
    }

    private bool HasRoom()
    {
        ulong used = _position - Volatile.Read(ref _ring.ConsumerPosition);
        return used <= _ring.Size && used + _wanted <= _ring.Size;
    }

    private void Finish(bool discard)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_length < 0)
            throw new InvalidOperationException("no record is reserved");
        _ring.Mark(_reserved, (uint)_length, busy: false, discard);
        _length = -1;
    }
}
