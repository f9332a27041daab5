using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Queues;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Queues and stacks.</summary>
internal sealed class QueueSubject(MapType type, bool durable = false) : StreamSubject($"{(durable ? "durable " : "")}{(type == MapType.Queue ? "queue" : "stack")}")
{
    private const int Capacity = 4;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations => new Dictionary<string, Func<SharedMap, Action>>
    {
        ["push"] = map => () => map.Update([], Record(8), UpdateFlags.Any),
        ["pop"] = map => () => map.LookupAndDelete([], new byte[QueueMapTests.ValueSize]),
        ["push out the oldest"] = map =>
        {
            map.Update([], Record(7), UpdateFlags.Any);
            return () => map.Update([], Record(8), UpdateFlags.Exist);
        },
    };

    protected override int CapacityInRecords => Capacity;

    public override TestMap Create() => TestMap.Create(type, 0, QueueMapTests.ValueSize, Capacity, durable: durable ? true : null);

    public override bool Put(SharedMap map, ReadOnlySpan<byte> record) => map.Update([], record, UpdateFlags.Any) == 0;

    public override void TakeAll(SharedMap map, Action<ReadOnlySpan<byte>> taker, bool patient)
    {
        byte[] value = new byte[QueueMapTests.ValueSize];

        // As many as fit, no more: others may go on putting in.
        for (uint most = map.Attributes.MaxEntries; most > 0 && map.LookupAndDelete([], value) == 0; most--)
            taker(value);
    }

    public override void CheckAllUsable(TestMap map)
    {
        base.CheckAllUsable(map);
        Assert.Equal(0u, ((QueueMap)map.Shared).Count);
    }
}
