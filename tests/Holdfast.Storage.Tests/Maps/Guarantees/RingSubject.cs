using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Rings;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Ring buffers.</summary>
internal sealed unsafe class RingSubject() : StreamSubject("ringbuf")
{
    private const uint Size = 4096;

    public override bool OutlivesRestart => false;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>
    {
        ["output"] = map => () => Output(map, Record(8)),
        ["output what is copied outside of the lock"] = map => () => Output(map, Record(11)),
        ["reserve and die"] = map => () => ((RingBufferMap)map).Reserve(40),
        ["reserve, submit"] = map => () => Reserve(map, discard: false),
        ["reserve, discard"] = map => () => Reserve(map, discard: true),
        ["read one"] = map => () =>
        {
            if (((RingBufferMap)map).TryRead(() => { }, out IRecordSource? reader) != Errno.None)
                return;
            using (reader)
            {
                // The second call gives the first record back.
                _ = reader!.TryRead(out _) && reader.TryRead(out _);
            }
        },
    };

    // Never the whole ring, each record with its header.
    protected override int CapacityInRecords => (int)((Size - 1) / (QueueMapTests.ValueSize + 8));

    protected override int Length(ulong number) => number == 11 ? 600 : QueueMapTests.ValueSize;

    public override TestMap Create() => TestMap.Create(MapType.RingBuf, 0, 0, Size);

    public override bool Put(SharedMap map, ReadOnlySpan<byte> record) => Output(map, record) == 0;

    public override void TakeAll(SharedMap map, Action<ReadOnlySpan<byte>> taker, bool patient)
    {
        RingBufferMap ring = (RingBufferMap)map;
        if (ring.TryRead(() => { }, out IRecordSource? reader) != Errno.None)
            return;
        using (reader)
        {
            ulong end = ring.Query(3);
            long start = Stopwatch.GetTimestamp();

            // Not before a read that finds nothing: that one gives the last record back. A busy record is judged when its reader has waited;
            // where positions are garbage there may be no end to come to.
            while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5))
            {
                if (reader!.TryRead(out SourceRecord record))
                    taker(record.Data);
                else if (!patient || ring.Query(2) >= end || ring.Query(2) == ring.Query(3))
                    break;
                else
                    reader.Wait(1);
            }
        }
    }

    private static int Output(SharedMap map, ReadOnlySpan<byte> record)
    {
        fixed (byte* bytes = record)
            return ((RingBufferMap)map).Output(bytes, (ulong)record.Length, 0);
    }

    private void Reserve(SharedMap map, bool discard)
    {
        byte[] record = Record(8);
        byte* place = ((RingBufferMap)map).Reserve((ulong)record.Length);
        if (place == null)
            return;
        record.CopyTo(new Span<byte>(place, record.Length));
        ((RingBufferMap)map).Commit(place, 0, discard);
    }
}
