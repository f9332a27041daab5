using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;

namespace Holdfast.Storage.Maps.Perf;

/// <summary>
/// The reading end of all buffers of a perf event array, read in turns. What it finds in a buffer it bounds by the size, which is its own;
/// what can't be is passed over with all that the buffer holds.
/// </summary>
internal sealed class PerfReader : IRecordSource
{
    private readonly PerfArrayMap _map;
    private readonly RecordWait _wait;
    private readonly Action _closed;
    private readonly int _held;
    private readonly uint _size;
    private readonly ulong[] _positions;
    private readonly ulong[] _told;
    private readonly bool[] _justTold;
    private byte[] _record = new byte[256];
    private uint _turn;
    private bool _disposed;

    public PerfReader(PerfArrayMap map, uint size, int held, Action closed)
    {
        _map = map;
        _size = size;
        _held = held;
        _closed = closed;
        _wait = new RecordWait(map);
        _positions = new ulong[map.Buffers];
        _told = new ulong[map.Buffers];
        _justTold = new bool[map.Buffers];
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

    /// <summary>Says where a buffer begins, and how many records it had lost by then.</summary>
    public void Begin(uint index, ulong position, ulong lost)
    {
        _positions[index] = position;
        _told[index] = lost;
    }

    /// <inheritdoc/>
    public bool TryRead(out SourceRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);

        // The slot after the one read last goes first, so that a busy one doesn't starve the others.
        for (uint tried = 0; tried < _map.Buffers; tried++)
        {
            _turn = (_turn + 1) % _map.Buffers;
            if (TryRead(_turn, out record))
                return true;
        }

        record = default;
        Rest();
        return false;
    }

    /// <inheritdoc/>
    public bool Wait(int milliseconds)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _wait.Until(this, static reader => !((PerfReader)reader).IsEmpty, static _ => false, milliseconds);
    }

    /// <inheritdoc/>
    public void Wake() => _wait.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _map.EndRead();
        Volatile.Write(ref _map.Waiting, 0);
        _wait.Dispose();
        RecordMap.EndHold(_held);
        _closed();
    }

    private bool IsEmpty
    {
        get
        {
            for (uint index = 0; index < _map.Buffers; index++)
            {
                if (Volatile.Read(ref _map.Head(index)) != _positions[index])
                    return false;
            }

            return true;
        }
    }

    private void Rest() => _wait.Rest(this, static reader => ((PerfReader)reader).IsEmpty);

    private bool TryRead(uint index, out SourceRecord record)
    {
        record = default;

        // Acquire: records before the head.
        ulong head = Volatile.Read(ref _map.Head(index)), left = head - _positions[index];
        if (left == 0)
            return false;
        Span<byte> bytes = stackalloc byte[PerfRecord.HeaderBytes];
        if (left > _size || left < PerfRecord.HeaderBytes || !_map.TryCopyOut(index, _size, _positions[index], bytes))
            return Abandon(index, head);
        PerfRecord header = PerfRecord.Read(bytes);
        long stride = PerfRecord.StrideOf(header.Length);
        if ((ulong)stride > left)
            return Abandon(index, head);
        if (header.Lost != _told[index] && !_justTold[index])
        {
            // Told first, once, and the record at the next call.
            record = new SourceRecord([], (int)index, header.Lost - _told[index]);
            _told[index] = header.Lost;
            _justTold[index] = true;
            return true;
        }

        if (_record.Length < header.Length)
            _record = new byte[header.Length];
        Span<byte> data = _record.AsSpan(0, (int)header.Length);
        if (!_map.TryCopyOut(index, _size, _positions[index] + PerfRecord.HeaderBytes, data))
            return Abandon(index, head);
        _positions[index] += (ulong)stride;
        _justTold[index] = false;

        // Release: the copy is made before a writer may write over it.
        Volatile.Write(ref _map.Tail(index), _positions[index]);
        record = new SourceRecord(data, (int)index, lost: 0);
        return true;
    }

    /// <summary>Passes over everything that is published now: somebody wrote what no writer of ours writes.</summary>
    private bool Abandon(uint index, ulong head)
    {
        _positions[index] = head;
        Volatile.Write(ref _map.Tail(index), head);
        return false;
    }
}
