using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// A hash map whose keys are all in one bucket, until the seventh has a bucket added: 10 become 11, and the chain is split in two. So a death at each store of a split, and
/// writers and readers in the middle of a chain.
/// </summary>
internal sealed class SplitSubject(MapType type) : KeyedSubject(type == MapType.Hash ? "hash that splits" : "lru_hash that splits", type, durable: false, valueSize: 8)
{
    private const uint Bucket = 2;
    private static readonly uint[] Numbers = [.. Enumerable.Range(0, 10_000).Select(number => (uint)number).Where(number => (BitOperations.Crc32C(0, number) & 7) == Bucket).Take(200)];

    public override TestMap Create() => TestMap.Create(Type, 4, ValueSize, Capacity, MapFlags.ZeroSeed);

    public override void Fill(SharedMap map)
    {
        base.Fill(map);
        Assert.Equal(8 + Bucket, ((HashMap)map).BucketsInUse);
    }

    protected override byte[] Key(SharedMap map, uint number) => SelfVerifying.Key(Numbers[number]);
}
