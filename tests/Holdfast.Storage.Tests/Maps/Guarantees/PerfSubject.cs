using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Perf;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Perf event arrays. A reader that opens empties the buffers, so that of a dead reader nothing but the room is left.</summary>
internal sealed class PerfSubject() : StreamSubject("perf_event_array")
{
    private const int BufferSize = 4096;
    private IRecordSource? _reader;

    public override bool OutlivesRestart => false;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>
    {
        ["output"] = map =>
        {
            _ = ((PerfArrayMap)map).TryRead(BufferSize, () => { }, out IRecordSource? reader);
            return () =>
            {
                ((PerfArrayMap)map).Output(0, 0, Record(8), [], []);
                reader?.Dispose();
            };
        },
        ["read"] = map => () => Exchange((PerfArrayMap)map, 1, checks: false),
        ["take the buffer out"] = map => () => map.Delete(SelfVerifying.Key(0)),
    };

    protected override int CapacityInRecords => 0;

    public override TestMap Create() => TestMap.Create(MapType.PerfEventArray, 4, 4, 1);

    public override void Fill(SharedMap map)
    {
    }

    public override bool Put(SharedMap map, ReadOnlySpan<byte> record) => ((PerfArrayMap)map).Output(0, 0, record, [], []) == 0;

    public override IDisposable? StartTaking(SharedMap map)
    {
        Assert.Equal(Errno.None, ((PerfArrayMap)map).TryRead(BufferSize, () => _reader = null, out _reader));
        return _reader;
    }

    public override void TakeAll(SharedMap map, Action<ReadOnlySpan<byte>> taker, bool patient)
    {
        while (_reader is not null)
        {
            if (!_reader.TryRead(out SourceRecord record))
                return;
            if (record.Lost == 0)
                taker(record.Data);
        }

        if (((PerfArrayMap)map).TryRead(BufferSize, () => { }, out IRecordSource? reader) == Errno.None)
            reader!.Dispose();
    }

    public override void CheckAllUsable(TestMap map)
    {
        Assert.Equal(5, Exchange((PerfArrayMap)map.Shared, 5, checks: true));
        Assert.Equal(-(int)Errno.ENOENT, ((PerfArrayMap)map.Shared).Output(0, 0, Record(9), [], []));
    }

    /// <summary>Reads what it writes.</summary>
    private int Exchange(PerfArrayMap events, int count, bool checks)
    {
        if (events.TryRead(BufferSize, () => { }, out IRecordSource? reader) != Errno.None)
            return -1;
        int read = 0;
        using (reader)
        {
            for (int number = 1; number <= count; number++)
                events.Output(0, 0, Record((ulong)number), [], []);
            while (read < count && reader!.TryRead(out SourceRecord record))
            {
                if (checks && record.Lost == 0)
                    NumberOf(record.Data);
                read++;
            }
        }

        return read;
    }
}
