using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Rings;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>User ring buffers.</summary>
internal sealed unsafe class UserRingSubject() : StreamSubject("user_ringbuf")
{
    private const uint Size = 4096;

    public override bool OutlivesRestart => false;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>
    {
        ["submit"] = map => () => Write(map, Record(8), discard: false),
        ["discard"] = map => () => Write(map, Record(8), discard: true),
        ["drain one"] = map => () =>
        {
            UserRingMap ring = (UserRingMap)map;
            if (ring.TryBeginDrain() != Errno.None)
                return;
            if (ring.Peek(out _, out uint size) == Errno.None)
                ring.Release(size);
            ring.EndDrain(wake: true);
        },
    };

    protected override int CapacityInRecords => (int)(Size / (QueueMapTests.ValueSize + 8));

    public override TestMap Create() => TestMap.Create(MapType.UserRingBuf, 0, 0, Size);

    public override bool Put(SharedMap map, ReadOnlySpan<byte> record) => Write(map, record, discard: false);

    public override void TakeAll(SharedMap map, Action<ReadOnlySpan<byte>> taker, bool patient)
    {
        UserRingMap ring = (UserRingMap)map;

        // The next writer discards what a dead one left unfinished.
        if (ring.TryWrite(() => { }, out IRecordSink? sink) == Errno.None)
            sink!.Dispose();
        if (ring.TryBeginDrain() != Errno.None)
            return;
        for (int most = UserRingMap.MostSamples; most > 0; most--)
        {
            Errno result = ring.Peek(out byte* sample, out uint size);
            if (result == Errno.EAGAIN)
                continue;
            if (result != Errno.None)
                break;
            taker(new ReadOnlySpan<byte>(sample, (int)size));
            ring.Release(size);
        }

        ring.EndDrain(wake: true);
    }

    private static bool Write(SharedMap map, ReadOnlySpan<byte> record, bool discard)
    {
        if (((UserRingMap)map).TryWrite(() => { }, out IRecordSink? sink) != Errno.None)
            return false;
        using (sink)
        {
            if (sink!.TryReserve(record.Length, out Span<byte> place) != 0)
                return false;
            record.CopyTo(place);
            if (discard)
                sink.Discard();
            else
                sink.Submit();
            return true;
        }
    }
}
