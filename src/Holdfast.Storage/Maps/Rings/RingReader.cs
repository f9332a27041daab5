using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>
/// The reading end of a ring buffer. What it finds in the ring it bounds before it uses it: a header that leads outside what the
/// writers published, or outside the ring, ends the ring's present contents, which are passed over.
/// </summary>
internal sealed unsafe class RingReader : IRecordSource
{
    private const ulong Little = 1024;
    private const int GatherSpins = 20;

    private readonly RingBufferMap _ring;
    private readonly RecordWait _wait;
    private readonly Action _closed;
    private readonly int _held;
    private ulong _position;
    private ulong _end;
    private bool _blocked;
    private bool _disposed;

    /// <summary>Begins where the last reader ended.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="held">The lock that makes this the only reader.</param>
    /// <param name="closed">Called when it is disposed.</param>
    public RingReader(RingBufferMap ring, int held, Action closed)
    {
        _ring = ring;
        _held = held;
        _closed = closed;
        _wait = new RecordWait(ring);
        _end = Volatile.Read(ref ring.ProducerPosition);
        _position = Volatile.Read(ref ring.ConsumerPosition);
        if (_end - _position > ring.Size || (_position & 7) != 0)
            _position = _end & ~7ul;
    }

    /// <inheritdoc/>
    public int WaitDescriptor
    {
        get
        {
            int descriptor = _wait.Descriptor;
            Rest();
            return descriptor;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out SourceRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Release();
        while (TryHead(out RingRecordHeader header))
        {
            byte* start = _ring.At(_position);
            _position += header.Stride;
            if (header.IsDiscarded)
                continue;

            // Safe: TryHead held the record to the ring's size, of which so much is mapped from any place in it.
            record = new SourceRecord(new ReadOnlySpan<byte>(start + RingRecordHeader.Size, (int)header.Length), cpu: -1, lost: 0);
            return true;
        }

        Release();
        record = default;
        Rest();
        return false;
    }

    /// <inheritdoc/>
    public bool Wait(int milliseconds)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _wait.Until(this, static reader => ((RingReader)reader).TryHead(out _), static reader => ((RingReader)reader)._blocked, milliseconds);
    }

    /// <inheritdoc/>
    public void Wake() => _wait.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Volatile.Write(ref _ring.Waiting, 0);
        _wait.Dispose();
        RecordMap.EndHold(_held);
        _closed();
    }

    private bool IsEmpty => Volatile.Read(ref _ring.ProducerPosition) == _position;

    private void Rest() => _wait.Rest(this, static reader => ((RingReader)reader).IsEmpty);

    /// <summary>Release: what was read before is read before writers may write over it.</summary>
    private void Release()
    {
        if (Volatile.Read(ref _ring.ConsumerPosition) != _position)
            Volatile.Write(ref _ring.ConsumerPosition, _position);
    }

    /// <summary>The header of the next record, complete or discarded, within what was published.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryHead(out RingRecordHeader header)
    {
        // Acquire: the headers before the producer's position are written before it is.
        if (_position == _end)
            _end = Gather();
        header = default;
        ulong left = _end - _position;
        if (left == 0)
        {
            _blocked = false;
            return false;
        }

        if (left > _ring.Size || left < RingRecordHeader.Size || !_ring.IsReady(_position, RingRecordHeader.Size))
            return Abandon();

        // Acquire: the busy mark goes after the record's bytes are written. A stride is never 0, so that every walk ends.
        header = new(Volatile.Read(ref *(uint*)_ring.At(_position)));
        if (header.Length > _ring.Size || header.Stride > left || !_ring.IsReady(_position, header.Stride))
            return Abandon();
        return !header.IsBusy || TryDiscardDead(ref header);
    }

    /// <summary>
    /// The producer's position. Whoever reads it takes its cache line from the writers, and the lines of the last records with it: a reader on their heels
    /// costs both ends several times what a record takes. So where little is there, a little time is given them to write more.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Gather()
    {
        ulong end = Volatile.Read(ref _ring.ProducerPosition);
        if (end - _position - 1 >= Little - 1)
            return end; // nothing, or enough
        Thread.SpinWait(GatherSpins);
        return Volatile.Read(ref _ring.ProducerPosition);
    }

    /// <summary>A busy record whose writer is dead becomes a discarded one: nobody else will ever write its header.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryDiscardDead(ref RingRecordHeader header)
    {
        _blocked = true;
        ref uint word = ref *(uint*)_ring.At(_position);
        if (!_wait.MayJudge() || !_ring.IsOwnerDead(_position))
            return false;
        _ring.DiscardBusy(_position, _position + header.Stride);
        header = new(Volatile.Read(ref word));
        return !header.IsBusy;
    }

    /// <summary>Passes over everything that is published now: somebody wrote what no writer of ours writes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Abandon()
    {
        _end = Volatile.Read(ref _ring.ProducerPosition) & ~7ul;
        _position = _end;
        _blocked = false;
        return false;
    }
}
