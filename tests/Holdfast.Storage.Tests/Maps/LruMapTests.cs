using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.PerCpu;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Hash maps that evict instead of being full.</summary>
public class LruMapTests
{
    private const int Operations = 4;

    /// <summary>What is there is a part of what a map without a bound would hold, and all of it where nothing had to go.</summary>
    [Theory]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void Holds_a_part_of_what_a_dictionary_does(MapType type)
    {
        Gen.Select(Gen.UInt[1, 30], Gen.Select(Gen.Int[0, Operations], Gen.UInt[0, 50], Gen.Byte).Array[1, 300]).Sample(
            (entries, steps) =>
            {
                using TestMap map = TestMap.Create(type, 4, 8, entries);
                Dictionary<uint, byte> model = [];
                byte[] value = new byte[map.Shared.ValueBufferSize];
                bool evicted = false;
                foreach ((int operation, uint key, byte fill) in steps)
                {
                    byte[] bytes = SelfVerifying.Key(key);
                    bool there = map.Shared.Lookup(bytes, value) == 0;
                    Assert.True(!there || (model.TryGetValue(key, out byte was) && value.All(part => part == was)), $"key {key}");
                    Assert.True(there || evicted || !model.ContainsKey(key), $"key {key} is gone, and nothing had to go");
                    uint before = Count(map.Shared);
                    switch (operation)
                    {
                        case 0:
                            Assert.Equal(there ? 0 : -(int)Errno.ENOENT, map.Shared.Delete(bytes));
                            model.Remove(key);
                            break;
                        case 1:
                            value.AsSpan().Fill(fill);
                            Assert.Equal(there ? -(int)Errno.EEXIST : 0, map.Shared.Update(bytes, value, UpdateFlags.NoExist));
                            model[key] = there ? model[key] : fill;
                            break;
                        case 2:
                            value.AsSpan().Fill(fill);
                            Assert.Equal(there ? 0 : -(int)Errno.ENOENT, map.Shared.Update(bytes, value, UpdateFlags.Exist));
                            if (there)
                                model[key] = fill;
                            break;
                        default:
                            value.AsSpan().Fill(fill);
                            Assert.Equal(0, map.Shared.Update(bytes, value, UpdateFlags.Any));
                            model[key] = fill;
                            break;
                    }

                    // A key is new in a full map: one goes, one comes.
                    evicted |= operation is 1 or > 2 && !there && before == entries;
                    Assert.InRange(Count(map.Shared), 0u, entries);
                    Assert.Equal(operation == 0 || (operation == 2 && !there) ? -(int)Errno.ENOENT : 0, map.Shared.Lookup(bytes, value));
                }
            },
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void What_programs_look_up_survives_a_round()
    {
        const uint entries = 1000;
        using TestMap map = TestMap.Create(MapType.LruHash, 4, 8, entries);
        for (uint key = 0; key < entries; key++)
            Insert(map, key);
        for (uint key = 0; key < entries; key += 10)
            LookUpAsProgram(map, key);
        for (uint key = entries; key < entries + 500; key++)
            Insert(map, key);
        for (uint key = 0; key < entries; key += 10)
            Assert.Equal(0, map.Shared.Lookup(SelfVerifying.Key(key), new byte[8]));
        Assert.Equal(-(int)Errno.ENOENT, map.Shared.Lookup(SelfVerifying.Key(1), new byte[8]));
    }

    /// <summary>As <c>htab_lru_map_lookup_elem_sys</c>: who lists a map keeps nothing in it.</summary>
    [Fact]
    public void What_user_space_looks_up_does_not()
    {
        const uint entries = 1000;
        using TestMap map = TestMap.Create(MapType.LruHash, 4, 8, entries);
        for (uint key = 0; key < entries; key++)
            Insert(map, key);
        for (uint key = entries; key < entries + 500; key++)
        {
            _ = map.Shared.Lookup(SelfVerifying.Key(0), new byte[8]);
            Insert(map, key);
        }

        Assert.Equal(-(int)Errno.ENOENT, map.Shared.Lookup(SelfVerifying.Key(0), new byte[8]));
    }

    [Fact]
    public void Everything_looked_up_is_as_good_as_nothing()
    {
        using TestMap map = TestMap.Create(MapType.LruHash, 4, 8, 64);
        for (uint key = 0; key < 2000; key++)
        {
            for (uint recent = key > 64 ? key - 64 : 0; recent < key; recent++)
                LookUpAsProgram(map, recent, required: false);
            Insert(map, key);
            Assert.Equal(Math.Min(key + 1, 64), map.Hash.Count);
        }
    }

    /// <summary>A reader can't mark: it has the map mapped for reading.</summary>
    [Fact]
    public void A_reader_marks_nothing()
    {
        using TestMap map = TestMap.Create(MapType.LruHash, 4, 8, 10);
        Insert(map, 1);
        using TestMap reader = map.Again(Storage.FileSystem.ObjectAccess.ReadOnly);
        LookUpAsProgram(reader, 1);
        for (uint key = 2; key < 20; key++)
            Insert(map, key);
        Assert.Equal(-(int)Errno.ENOENT, map.Shared.Lookup(SelfVerifying.Key(1), new byte[8]));
    }

    /// <summary>Threads with few entries and many keys: each finds what it has just put in unless others put in as much; nothing is torn or there twice.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(300)]
    public void Many_evict_at_once(uint entries)
    {
        const int writers = 3, updates = 15_000, size = 104;
        using TestMap map = TestMap.Create(MapType.LruHash, 4, size, entries);
        Exception?[] failures = new Exception?[writers];
        Thread[] threads = [.. Enumerable.Range(0, writers).Select(number => new Thread(() => failures[number] = Record.Exception(() =>
        {
            using TestMap view = map.Again();
            Random random = new(number);
            byte[] value = new byte[size];
            for (int update = 0; update < updates; update++)
            {
                uint key = (uint)random.Next((int)(3 * entries) + 5);
                Assert.Equal(0, view.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(size, key, (ulong)update), UpdateFlags.Any));
                key = (uint)random.Next((int)(3 * entries) + 5);
                if (view.Shared.Lookup(SelfVerifying.Key(key), value) == 0)
                    Assert.NotNull(SelfVerifying.Read(value, key));
                Assert.InRange(view.Hash.Count, 0u, entries);
            }
        })))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
        List<uint> keys = HashMapTests.Keys(map.Hash);
        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal((uint)keys.Count, map.Hash.Count);
        Assert.Empty(MapInspection.Run(map.File.Descriptor, map.Shared.Attributes, map.File.Header.DataOffset));
    }

    [Theory]
    [InlineData(MapFlags.None, 5u, 4u, 5u)]
    [InlineData(MapFlags.NoCommonLru, 5u, 4u, 8u)]
    [InlineData(MapFlags.NoCommonLru, 8u, 4u, 8u)]
    [InlineData(MapFlags.NoCommonLru, uint.MaxValue, 4u, uint.MaxValue - 3)]
    public void A_list_for_each_cpu_rounds_the_capacity(MapFlags flags, uint entries, uint slots, uint expected)
    {
        Assert.Equal(expected, LruRules.EntriesOf(MapType.LruHash, flags, entries, slots));
        Assert.Equal(entries, LruRules.EntriesOf(MapType.Hash, flags, entries, slots));
    }

    private static uint Count(SharedMap map) => map is PerCpuHash perCpu ? perCpu.Count : ((HashMap)map).Count;

    private static void Insert(TestMap map, uint key) =>
        Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.NoExist));

    private static unsafe void LookUpAsProgram(TestMap map, uint key, bool required = true)
    {
        // Safe: the key has the map's four bytes, and the value's address isn't used.
        byte* value = map.Shared.LookupPointer((byte*)&key);
        Assert.True(!required || value != null, $"key {key}");
    }
}
