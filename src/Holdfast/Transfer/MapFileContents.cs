using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;

namespace Holdfast;

/// <summary>Reads what a file of a map holds of its contents.</summary>
internal static class MapFileContents
{
    /// <summary>Whether a map's values have no keys, but an order.</summary>
    public static bool AreOrdered(MapType type) => type is MapType.Queue or MapType.Stack;

    /// <summary>Why maps of a type, on an engine, have no files; null if they have.</summary>
    public static string? FindObstacle(IBpfEngine engine, MapType type) => type switch
    {
        MapType.Queue or MapType.Stack when engine is not IQueueContents =>
            $"the {engine.Name} engine gives the values of a queue or stack only by taking them out (map pop)",
        MapType.BloomFilter => "a bloom filter doesn't keep its values, so they can't be listed; push them anew from where they came (backup copies the filter itself)",
        MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps =>
            "its entries are programs or maps, not bytes; backup copies a store with all of them, and map dump lists their ids",
        MapType.RingBuf or MapType.UserRingBuf or MapType.PerfEventArray => "its records go when they are read; backup copies those that nobody has read yet",
        _ => null,
    };

    /// <summary>Reads all entries: those of queues and stacks in the order in which they were pushed, those of others in any order.</summary>
    public static void Read(BpfMap map, EntryVisitor visitor)
    {
        if (AreOrdered(map.Type))
        {
            Failure.Check(map.Engine, ((IQueueContents)map.Engine).ReadQueue(map.Handle.Descriptor, out IReadOnlyList<byte[]> values), $"read map '{map.Name}'");
            foreach (byte[] value in values)
                _ = visitor([], value);
            return;
        }

        MapWalk walk = new(map);
        while (walk.TryNext(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
            _ = visitor(key, value);
    }
}
