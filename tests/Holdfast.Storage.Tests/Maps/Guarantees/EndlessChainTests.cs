using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Chains of a hash that lead back into themselves.</summary>
public class EndlessChainTests
{
    /// <summary>A chain that bites its tail, at full length: every walk ends in time.</summary>
    [Theory]
    [InlineData(MapType.Hash, 0x0000_0105)]
    [InlineData(MapType.LruHash, 0x0000_0105)]
    [InlineData(MapType.LruHash, 0x7f)]
    public void Endless_chains_end(MapType type, uint state)
    {
        const uint entries = 20_000;
        using TestMap map = TestMap.Create(type, 4, 8, entries, MapFlags.ZeroSeed);
        for (uint key = 0; key < entries; key++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any));
        HashLayout layout = HashLayout.For(map.Shared.Attributes);

        // All elements in one ring, each in a state that a dead writer might have left, or linked, the last one resting.
        for (uint index = 0; index < entries; index++)
        {
            byte[] header = new byte[HashLayout.HeaderBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(header, ((index + 1) % entries) + 1);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), index == entries - 1 ? 1u : 2u);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), state);
            map.Poke(layout.ElementsOffset + layout.Placement.OffsetOf((uint)index), header);
        }

        for (uint bucket = 0; bucket < 64; bucket++)
            map.Poke(layout.BucketsOffset + ((long)bucket << layout.BucketShift), BitConverter.GetBytes(1u));
        long start = Environment.TickCount64;
        Random random = new(3);
        for (int operation = 0; operation < 200; operation++)
            _ = MapSubjects.Of("hash of words").Operate(map.Shared, random);
        map.Hash.Repair();
        Assert.InRange(Environment.TickCount64 - start, 0, 60_000);
    }
}
