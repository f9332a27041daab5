using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Every kind of map, by name.</summary>
internal static class MapSubjects
{
    private static readonly Dictionary<string, MapSubject> ByName = new MapSubject[]
    {
        new KeyedSubject("hash", MapType.Hash, durable: false),
        new KeyedSubject("durable hash", MapType.Hash, durable: true),
        new KeyedSubject("hash of words", MapType.Hash, durable: false, valueSize: 8),
        new KeyedSubject("hash with lanes", MapType.Hash, durable: false, valueSize: 16, capacity: 1024),
        new SplitSubject(MapType.Hash),
        new SplitSubject(MapType.LruHash),
        new KeyedSubject("array of words", MapType.Array, durable: false, valueSize: 8),
        new KeyedSubject("array", MapType.Array, durable: false),
        new KeyedSubject("durable array", MapType.Array, durable: true),
        new KeyedSubject("percpu_hash", MapType.PerCpuHash, durable: false),
        new LruSubject("lru_hash", MapType.LruHash),
        new LruSubject("lru_hash that evicts several", MapType.LruHash, valueSize: 16, capacity: 400),
        new LruSubject("lru_percpu_hash", MapType.LruPerCpuHash),
        new KeyedSubject("hash_of_maps", MapType.HashOfMaps, durable: false, valueSize: sizeof(uint)),
        new LockedSubject("hash of locks", MapType.Hash, durable: false),
        new LockedSubject("durable hash of locks", MapType.Hash, durable: true),
        new LockedSubject("array of locks", MapType.Array, durable: false),
        new LockedSubject("durable array of locks", MapType.Array, durable: true),
        new PerCpuArraySubject(),
        new BloomSubject(),
        new LpmSubject(durable: false),
        new LpmSubject(durable: true),
        new SlotSubject(MapType.ProgArray),
        new SlotSubject(MapType.ArrayOfMaps),
        new StackSubject(),
        new QueueSubject(MapType.Queue),
        new QueueSubject(MapType.Stack),
        new QueueSubject(MapType.Queue, durable: true),
        new QueueSubject(MapType.Stack, durable: true),
        new RingSubject(),
        new UserRingSubject(),
        new PerfSubject(),
    }.ToDictionary(subject => subject.Name);

    public static TheoryData<string> Names => [.. ByName.Keys];

    public static MapSubject Of(string name) => ByName[name];
}
