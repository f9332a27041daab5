using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Bloom filters: what was pushed is found; what was not may be.</summary>
internal sealed class BloomSubject() : MapSubject("bloom_filter")
{
    private const uint Values = 40;

    public override bool ChangesInParts => true;

    public override IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations { get; } = new Dictionary<string, Func<SharedMap, Action>>
    {
        ["push"] = map => () => map.Update([], SelfVerifying.Key(7), UpdateFlags.Any),
        ["push again"] = map => () => map.Update([], SelfVerifying.Key(1), UpdateFlags.Any),
        ["push a third"] = map => () => map.Update([], SelfVerifying.Key(8), UpdateFlags.Any),
    };

    public override TestMap Create() => TestMap.Create(MapType.BloomFilter, 0, 4, 20);

    public override void Fill(SharedMap map)
    {
        for (uint value = 0; value < 4; value++)
            Assert.Equal(0, map.Update([], SelfVerifying.Key(value), UpdateFlags.Any));
    }

    public override string Contents(SharedMap map)
    {
        List<string> found = [];
        for (uint value = 0; value < Values; value++)
        {
            int result = map.Lookup([], SelfVerifying.Key(value));
            Assert.True(value >= 4 || result == 0, $"{value} was pushed and is gone");
            found.Add($"{value}:{(result == 0 ? "perhaps" : "no")}");
        }

        return string.Join(' ', found);
    }

    public override void CheckAllUsable(TestMap map)
    {
        for (uint value = 0; value < Values; value++)
        {
            Assert.Equal(0, map.Shared.Update([], SelfVerifying.Key(value), UpdateFlags.Any));
            Assert.Equal(0, map.Shared.Lookup([], SelfVerifying.Key(value)));
        }
    }

    public override int Operate(SharedMap map, Random random)
    {
        byte[] value = SelfVerifying.Key((uint)random.Next(60));
        return random.Next(3) switch
        {
            0 => map.Update([], value, (UpdateFlags)random.Next(4)),
            1 => -(int)map.ReadEntries((_, _) => Errno.None),
            _ => map.Lookup([], value),
        };
    }
}
