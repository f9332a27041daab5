using CsCheck;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>What arrays and prog arrays do, one thread at a time.</summary>
public class ArrayMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(64)]
    [InlineData(5000)]
    public void Agrees_with_a_plain_array(int valueSize)
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, (uint)valueSize, 50);
        using TestMap other = map.Again();
        byte[][] model = [.. Enumerable.Range(0, 50).Select(_ => new byte[valueSize])];
        Gen.Select(Gen.UInt[0, 55], Gen.Byte, Gen.Bool).Array[1, 60].Sample(
            steps =>
            {
                byte[] read = new byte[valueSize];
                foreach ((uint index, byte value, bool write) in steps)
                {
                    byte[] bytes = [.. Enumerable.Repeat(value, valueSize)];
                    if (write)
                        Assert.Equal(index < 50 ? 0 : -(int)Errno.E2BIG, map.Array.Update(SelfVerifying.Key(index), bytes, UpdateFlags.Any));
                    if (write && index < 50)
                        model[index] = bytes;
                    Assert.Equal(index < 50 ? 0 : -(int)Errno.ENOENT, other.Array.Lookup(SelfVerifying.Key(index), read));
                    if (index < 50)
                        Assert.Equal(model[index], read);
                }
            },
            iter: 100,
            threads: 1);
    }

    [Fact]
    public void Has_all_its_entries_from_the_start()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 4, 3);
        Assert.Equal([0u, 1u, 2u], HashMapTests.Keys(map.Array));
        byte[] value = [1, 2, 3, 4], next = new byte[4];
        Assert.Equal(0, map.Array.Lookup(SelfVerifying.Key(2), value));
        Assert.Equal(new byte[4], value);
        Assert.Equal(-(int)Errno.EEXIST, map.Array.Update(SelfVerifying.Key(0), value, UpdateFlags.NoExist));
        Assert.Equal(0, map.Array.Update(SelfVerifying.Key(0), value, UpdateFlags.Exist));
        Assert.Equal(-(int)Errno.EINVAL, map.Array.Delete(SelfVerifying.Key(0)));
        Assert.Equal(-(int)Errno.ENOTSUPP, map.Array.LookupAndDelete(SelfVerifying.Key(0), value));
        Assert.Equal(0, map.Array.NextKey(SelfVerifying.Key(77), next));
        Assert.Equal(new byte[4], next);
        Assert.Equal(-(int)Errno.ENOENT, map.Array.NextKey(SelfVerifying.Key(2), next));
    }

    [Fact]
    public void Batches_walk_the_indices()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 8, 10);
        for (uint index = 0; index < 10; index++)
            Assert.Equal(0, map.Array.Update(SelfVerifying.Key(index), SelfVerifying.Value(8, index, index), UpdateFlags.Any));
        byte[] token = new byte[4], keys = new byte[4 * 6], values = new byte[8 * 6];
        uint count = 6;
        Assert.Equal(0, map.Array.LookupBatch([], token, keys, values, ref count, andDelete: false));
        Assert.Equal(6u, count);
        Assert.Equal(-(int)Errno.ENOENT, map.Array.LookupBatch([.. token], token, keys, values, ref count, andDelete: false));
        Assert.Equal(4u, count);
        Assert.Equal(9ul, BitConverter.ToUInt64(values, 24));
    }

    [Fact]
    public void A_slot_of_a_prog_array_changes_in_one_step()
    {
        using TestMap map = TestMap.Create(MapType.ProgArray, 4, 4, 100_000);
        using TestMap other = map.Again();
        Assert.Equal(0u, map.Slots.IdAt(5));
        Assert.Equal(Errno.None, map.Slots.Exchange(5, 77, out uint previous));
        Assert.Equal((0u, 77u), (previous, other.Slots.IdAt(5)));
        Assert.Equal(Errno.None, other.Slots.Exchange(5, 78, out previous));
        Assert.Equal((77u, 78u), (previous, map.Slots.IdAt(5)));
        Assert.Equal(Errno.E2BIG, map.Slots.Exchange(100_000, 1, out _));
        Assert.Equal(0u, map.Slots.IdAt(uint.MaxValue));
        byte[] value = new byte[4];
        Assert.Equal(-(int)Errno.ENOENT, map.Slots.Lookup(SelfVerifying.Key(6), value));
        Assert.Equal(0, map.Slots.Lookup(SelfVerifying.Key(5), value));
        Assert.Equal(-(int)Errno.EINVAL, map.Slots.Update(SelfVerifying.Key(5), value, UpdateFlags.Any));
        Assert.Equal(-(int)Errno.EINVAL, map.Slots.Delete(SelfVerifying.Key(5)));
        Assert.Equal(100_000, HashMapTests.Keys(map.Slots).Count);
    }

    [Fact]
    public unsafe void Pointers_and_views_agree_with_commands()
    {
        using TestMap map = TestMap.Create(MapType.Array, 4, 8, 100_000);
        uint index = 99_999, outside = 100_000;
        // Safe: the map stays mapped until the end of the method, and the view is read inside its entries.
        *(ulong*)map.Array.LookupPointer((byte*)&index) = 7;
        Assert.True(map.Array.LookupPointer((byte*)&outside) == null);
        Assert.True(map.Array.TryGetView(out Storage.Maps.ArrayView view));
        Assert.Equal(7ul, *(ulong*)(view.Elements + ((long)index * view.Stride)));
        byte[] value = new byte[8];
        Assert.Equal(0, map.Array.Lookup(SelfVerifying.Key(index), value));
        Assert.Equal(7ul, BitConverter.ToUInt64(value));
        Assert.True(*(ulong*)map.Array.ValueBase() == 0);
    }
}
