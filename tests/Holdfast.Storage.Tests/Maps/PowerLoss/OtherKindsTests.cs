using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Maps.Queues;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>What single stores of later than the sync take with them, kind by kind; the random tests are <see cref="PowerLossTests"/> and <see cref="QueuePowerLossTests"/>.</summary>
[Collection(nameof(Alone))]
public class OtherKindsTests
{
    [Theory]
    [InlineData(MapType.Queue)]
    [InlineData(MapType.Stack)]
    public void Queues_and_stacks_of_two_moments_come_back_in_order(MapType type)
    {
        using TestMap map = TestMap.Create(type, 0, 16, 10, durable: true);
        for (uint number = 0; number < 5; number++)
            Assert.Equal(0, map.Shared.Update([], SelfVerifying.Value(16, number, 1), UpdateFlags.Any));
        Assert.Null(map.Temporary.Store.Sync());
        Assert.Equal(0, map.Shared.LookupAndDelete([], new byte[16]));
        Assert.Equal(0, map.Shared.Update([], SelfVerifying.Value(16, 9, 1), UpdateFlags.Any));

        // An element that is of no moment of these ends'.
        map.Poke(QueueLayout.For(map.Shared.Attributes).ElementsOffset + 32, new byte[8]);
        Restart(map);
        using TestMap after = map.Again();
        byte[] value = new byte[16];
        for (uint number = 0; number < 5; number++)
        {
            Assert.Equal(0, after.Shared.LookupAndDelete([], value));
            Assert.Equal(1ul, SelfVerifying.Read(value, type == MapType.Queue ? number : 4 - number));
        }

        Assert.Equal(0u, ((QueueMap)after.Shared).Count);
    }

    [Fact]
    public void A_trie_of_two_moments_comes_back()
    {
        using TestMap map = TestMap.Create(MapType.LpmTrie, 8, 16, 10, MapFlags.NoPrealloc, durable: true);
        Assert.Equal(0, map.Shared.Update(Prefix(24, 1), SelfVerifying.Value(16, 1, 1), UpdateFlags.Any));
        Assert.Equal(0, map.Shared.Update(Prefix(24, 2), SelfVerifying.Value(16, 2, 1), UpdateFlags.Any));
        Assert.Null(map.Temporary.Store.Sync());
        Assert.Equal(0, map.Shared.Delete(Prefix(24, 1)));
        Assert.Equal(0, map.Shared.Update(Prefix(24, 3), SelfVerifying.Value(16, 3, 1), UpdateFlags.Any));

        // The value of 2 is of no update's.
        LpmLayout layout = LpmLayout.For(map.Shared.Attributes);
        map.Poke(layout.NodesOffset + layout.Placement.OffsetOf(1) + layout.ValueOffset, new byte[8]);
        Restart(map);
        using TestMap after = map.Again();
        byte[] value = new byte[16];
        Assert.Equal(0, after.Shared.Lookup(Prefix(32, 1), value));
        Assert.Equal(1ul, SelfVerifying.Read(value, 1));
        Assert.Equal(0, after.Shared.Lookup(Prefix(32, 2), value));
        Assert.Equal(-(int)Errno.ENOENT, after.Shared.Lookup(Prefix(32, 3), value));
    }

    /// <summary>A word of one slot's value is of another moment than the rest: the values of the last sync are there again, of all slots.</summary>
    [Theory]
    [InlineData(MapType.PerCpuArray)]
    [InlineData(MapType.PerCpuHash)]
    public void Values_of_all_slots_come_back(MapType type)
    {
        using TestMap map = TestMap.Create(type, 4, 16, 10, durable: true);
        byte[] values = [.. Enumerable.Range(0, map.Shared.ValueBufferSize).Select(at => (byte)(at + 100))];
        Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(3), values, UpdateFlags.Any));
        Assert.Null(map.Temporary.Store.Sync());
        byte[] data = File.ReadAllBytes(map.Temporary.PathOf(map.File.Key))[(int)ObjectHeaderLayout.DataOffset..(int)(ObjectHeaderLayout.DataOffset + map.File.Header.DataLength)];
        map.Poke(data.AsSpan().LastIndexOf(values.AsSpan(^16)), new byte[8]); // an array's redo buffer, which comes first, has it too
        byte[] broken = new byte[values.Length];
        Assert.Equal(0, map.Shared.Lookup(SelfVerifying.Key(3), broken));
        Assert.NotEqual(values, broken);
        Restart(map);
        using TestMap after = map.Again();
        byte[] found = new byte[values.Length];
        Assert.Equal(0, after.Shared.Lookup(SelfVerifying.Key(3), found));
        Assert.Equal(values, found);
    }

    /// <summary>A slot whose reference did not reach the device: the program may be gone, and its id another's.</summary>
    [Fact]
    public void A_slot_without_its_reference_is_empty()
    {
        using TestMap map = TestMap.Create(MapType.ProgArray, 4, 4, 4, durable: true);
        Assert.Equal(Errno.None, map.Slots.Exchange(1, 77, out _));
        Restart(map);
        Assert.Equal(
            Errno.None,
            Storage.Maps.SharedMap.TryOpen(
                map.File.Descriptor, map.Shared.Attributes, map.File.Header.DataOffset, map.File.Header.DataLength, writable: true,
                out Storage.Maps.SharedMap? after, () => []));
        using (after)
            Assert.Equal(0u, ((Storage.Maps.ProgArrayMap)after!).IdAt(1));
    }

    private static void Restart(TestMap map) =>
        map.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());

    private static byte[] Prefix(uint length, byte last) => [.. BitConverter.GetBytes(length), 10, 0, last, 0];
}
