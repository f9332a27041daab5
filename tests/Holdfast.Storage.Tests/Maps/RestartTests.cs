using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>The first opener after a restart of the machine finds locks without owners and pages that reached the disk in any order.</summary>
public class RestartTests
{
    private const uint Entries = 500;

    [Fact]
    public void Everything_whole_is_kept_and_counted_and_nothing_is_locked()
    {
        using TestMap map = Filled();
        HashLayout layout = HashLayout.For(map.Shared.Attributes);
        for (uint stripe = 0; stripe < layout.Stripes; stripe++)
            map.Poke(HashLayout.StripesOffset + (stripe * HashLayout.StripeBytes), BitConverter.GetBytes(0x0000_0101u));
        map.Poke(HashAllocator.LockOffset, new byte[64]);
        map.Poke(HashAllocator.LockOffset, BitConverter.GetBytes(0x0000_0101u));
        Restart(map);
        using TestMap after = map.Again();
        Check(after.Hash, lost: 0);
    }

    [Fact]
    public void A_torn_element_is_dropped_and_the_rest_of_the_map_works()
    {
        using TestMap map = Filled();
        HashLayout layout = HashLayout.For(map.Shared.Attributes);
        for (uint index = 100; index < 110; index++)
            map.Poke(layout.ElementsOffset + layout.Placement.OffsetOf(index), new byte[layout.Stride]);
        for (uint index = 200; index < 210; index++)
            map.Poke(layout.ElementsOffset + layout.Placement.OffsetOf(index), BitConverter.GetBytes(index + 1));
        Restart(map);
        using TestMap after = map.Again();
        Check(after.Hash, lost: 60);
    }

    [Fact]
    public void Within_one_boot_nothing_is_scanned()
    {
        using TestMap map = Filled();
        HashLayout layout = HashLayout.For(map.Shared.Attributes);
        map.Poke(layout.ElementsOffset + 12, BitConverter.GetBytes(0x0000_0105u));
        using TestMap again = map.Again();
        Span<byte> state = stackalloc byte[4];
        using FileStream file = new(map.Temporary.PathOf(map.File.Key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = ObjectHeaderLayout.DataOffset + layout.ElementsOffset + 12;
        file.ReadExactly(state);
        Assert.Equal(0x0000_0105u, BinaryPrimitives.ReadUInt32LittleEndian(state));
    }

    [Fact]
    public void A_half_written_array_element_is_completed()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 64, 4);
        ArrayLayout layout = ArrayLayout.For(map.Shared.Attributes);
        Assert.Equal(0, map.Array.Update(SelfVerifying.Key(2), SelfVerifying.Value(64, 2, 1), UpdateFlags.Any));
        map.Poke(layout.RedoOffset, SelfVerifying.Value(64, 2, 9));
        map.Poke(ArrayLayout.RedoIndexOffset, BitConverter.GetBytes(3ul));
        map.Poke(ArrayLayout.RedoCheckOffset, BitConverter.GetBytes(RedoCheck(2, SelfVerifying.Value(64, 2, 9))));
        map.Poke(ArrayLayout.LockOffset, BitConverter.GetBytes(0x0000_0101u));
        Restart(map);
        using TestMap after = map.Again();
        byte[] value = new byte[64];
        Assert.Equal(0, after.Array.Lookup(SelfVerifying.Key(2), value));
        Assert.Equal(9ul, SelfVerifying.Read(value, 2));
        Assert.Equal(0, after.Array.Update(SelfVerifying.Key(1), value, UpdateFlags.Any));
    }

    private static uint RedoCheck(uint index, byte[] value)
    {
        uint sum = System.Numerics.BitOperations.Crc32C(~0u, index);
        for (int at = 0; at < value.Length; at += 8)
            sum = System.Numerics.BitOperations.Crc32C(sum, BitConverter.ToUInt64(value, at));
        return ~sum;
    }

    private static TestMap Filled()
    {
        TestMap map = TestMap.Create(MapType.Hash, 4, 16, Entries);
        for (uint key = 0; key < Entries; key++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), SelfVerifying.Value(16, key, 1), UpdateFlags.Any));
        return map;
    }

    /// <summary>Says that another boot wrote the map.</summary>
    private static void Restart(TestMap map) => map.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());

    private static void Check(HashMap map, uint lost)
    {
        List<uint> keys = HashMapTests.Keys(map);
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.InRange((uint)keys.Count, Entries - lost, Entries);
        Assert.Equal((uint)keys.Count, map.Count);
        byte[] value = new byte[16];
        foreach (uint key in keys)
        {
            Assert.Equal(0, map.Lookup(SelfVerifying.Key(key), value));
            Assert.Equal(1ul, SelfVerifying.Read(value, key));
        }

        // What was lost has room again, and not one entry more.
        for (uint key = 0; key < Entries; key++)
            Assert.Equal(0, map.Update(SelfVerifying.Key(key), SelfVerifying.Value(16, key, 2), UpdateFlags.Any));
        Assert.Equal(-(int)Errno.E2BIG, map.Update(SelfVerifying.Key(Entries), value, UpdateFlags.Any));
        Assert.Equal(Entries, map.Count);
    }
}
