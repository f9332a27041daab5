using System.Buffers.Binary;
using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>What a hash map does, one thread at a time.</summary>
public class HashMapTests
{
    [Fact]
    public void Creates_replaces_finds_and_deletes()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 16, 10);
        byte[] key = SelfVerifying.Key(7);
        byte[] value = new byte[16];
        Assert.Equal(-(int)Errno.ENOENT, map.Hash.Lookup(key, value));
        Assert.Equal(-(int)Errno.ENOENT, map.Hash.Update(key, value, UpdateFlags.Exist));
        Assert.Equal(-(int)Errno.ENOENT, map.Hash.Delete(key));
        Assert.Equal(0, map.Hash.Update(key, SelfVerifying.Value(16, 7, 1), UpdateFlags.NoExist));
        Assert.Equal(-(int)Errno.EEXIST, map.Hash.Update(key, value, UpdateFlags.NoExist));
        Assert.Equal(0, map.Hash.Update(key, SelfVerifying.Value(16, 7, 2), UpdateFlags.Exist));
        Assert.Equal(0, map.Hash.Lookup(key, value));
        Assert.Equal(2ul, SelfVerifying.Read(value, 7));
        Assert.Equal(1u, map.Hash.Count);
        Assert.Equal(0, map.Hash.LookupAndDelete(key, value));
        Assert.Equal(2ul, SelfVerifying.Read(value, 7));
        Assert.Equal(0u, map.Hash.Count);
        Assert.Equal(-(int)Errno.EINVAL, map.Hash.Update(key, value, (UpdateFlags)3));
    }

    /// <summary>The allocator's lanes: one that has nothing left takes from the others, so that there is never too much room, nor too little.</summary>
    [Theory]
    [InlineData(1023u)]
    [InlineData(1030u)]
    [InlineData(3000u)]
    public void Is_full_at_exactly_its_capacity_whichever_threads_insert_and_delete(uint entries)
    {
        const int writers = 4;
        using TestMap map = TestMap.Create(MapType.Hash, 4, 16, entries);
        List<uint>[] mine = [.. Enumerable.Range(0, writers).Select(_ => new List<uint>())];
        InThreads(writers, writer =>
        {
            for (uint key = (uint)writer; map.Hash.Update(SelfVerifying.Key(key), SelfVerifying.Value(16, key, 1), UpdateFlags.NoExist) == 0; key += writers)
                mine[writer].Add(key);
        });
        Assert.Equal((int)entries, mine.Sum(keys => keys.Count));
        Assert.Equal(entries, map.Hash.Count);

        // One deletes all, the others find room for all of it, and for no more.
        foreach (uint key in mine.SelectMany(keys => keys))
            Assert.Equal(0, map.Hash.Delete(SelfVerifying.Key(key)));
        InThreads(writers, writer =>
        {
            mine[writer].Clear();
            for (uint key = (uint)writer; map.Hash.Update(SelfVerifying.Key(key), SelfVerifying.Value(16, key, 2), UpdateFlags.NoExist) == 0; key += writers)
                mine[writer].Add(key);
        });
        Assert.Equal((int)entries, mine.Sum(keys => keys.Count));

        // Who has deleted one always finds room for one.
        InThreads(writers, writer =>
        {
            for (uint round = 0; round < 3000 && mine[writer].Count > 0; round++)
            {
                byte[] key = SelfVerifying.Key(mine[writer][(int)(round % mine[writer].Count)]);
                Assert.Equal(0, map.Hash.Delete(key));
                Assert.Equal(0, map.Hash.Update(key, SelfVerifying.Value(16, 0, 3), UpdateFlags.NoExist));
                Assert.Equal(0, map.Hash.Update(key, SelfVerifying.Value(16, 0, 4), UpdateFlags.Exist));
            }
        });
        Assert.Equal(entries, map.Hash.Count);
        map.Hash.Repair();
        Assert.Equal(-(int)Errno.E2BIG, map.Hash.Update(SelfVerifying.Key(uint.MaxValue), new byte[16], UpdateFlags.Any));
        Assert.Empty(MapInspection.Run(map.File.Descriptor, map.Shared.Attributes, map.File.Header.DataOffset));
    }

    [Fact]
    public void Is_full_at_exactly_its_capacity_and_replaces_for_ever()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 100);
        for (uint key = 0; key < 100; key++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), SelfVerifying.Value(8, key, key), UpdateFlags.Any));
        Assert.Equal(-(int)Errno.E2BIG, map.Hash.Update(SelfVerifying.Key(100), new byte[8], UpdateFlags.Any));
        for (uint round = 0; round < 5000; round++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(round % 100), SelfVerifying.Value(8, round % 100, round), UpdateFlags.Any));
        Assert.Equal(100u, map.Hash.Count);
        Assert.Equal(0, map.Hash.Delete(SelfVerifying.Key(3)));
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(100), new byte[8], UpdateFlags.Any));
    }

    [Theory]
    [InlineData(1, 24)]
    [InlineData(3, 24)]
    [InlineData(8, 8)]
    [InlineData(13, 24)]
    [InlineData(64, 4)]
    public void Agrees_with_a_dictionary(int keySize, int valueSize)
    {
        using TestMap map = TestMap.Create(MapType.Hash, (uint)keySize, (uint)valueSize, 40);
        Gen<(int Operation, byte Key, byte Value)> operations = Gen.Select(Gen.Int[0, 8], Gen.Byte[0, 60], Gen.Byte);
        operations.Array[1, 150].Sample(
            steps =>
            {
                Dictionary<byte, byte> model = [];
                foreach ((int operation, byte key, byte value) in steps)
                    Step(map.Hash, model, keySize, valueSize, operation, key, value);
                Compare(map.Hash, model, keySize);
                foreach (byte key in model.Keys)
                    Assert.Equal(0, map.Hash.Delete(KeyOf(key, keySize)));
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void Iteration_gives_every_key_once_and_a_lost_key_starts_over()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 1000);
        for (uint key = 0; key < 1000; key++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any));
        List<uint> keys = Keys(map.Hash);
        Assert.Equal(1000, keys.Count);
        Assert.Equal(1000, keys.Distinct().Count());
        byte[] next = new byte[4];
        Assert.Equal(0, map.Hash.NextKey(SelfVerifying.Key(123456), next));
        Assert.Equal(keys[0], BinaryPrimitives.ReadUInt32LittleEndian(next));
    }

    [Fact]
    public void Batches_give_whole_buckets_and_say_when_there_is_no_room()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 64);
        for (uint key = 0; key < 64; key++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), SelfVerifying.Value(8, key, key), UpdateFlags.Any));
        byte[] token = [], nextToken = new byte[4], keys = new byte[4 * 16], values = new byte[8 * 16];
        HashSet<uint> seen = [];
        for (int result = 0; result == 0;)
        {
            uint count = 16;
            result = map.Hash.LookupBatch(token, nextToken, keys, values, ref count, andDelete: false);
            token = [.. nextToken];
            for (int index = 0; index < count; index++)
                Assert.True(seen.Add(BinaryPrimitives.ReadUInt32LittleEndian(keys.AsSpan(index * 4))));
            Assert.True(result is 0 or -(int)Errno.ENOENT, $"{(Errno)(-result)}");
        }

        Assert.Equal(64, seen.Count);
        uint none = 0;
        Assert.Equal(-(int)Errno.ENOSPC, map.Hash.LookupBatch([], nextToken, keys, values, ref none, andDelete: true));
        Assert.Equal(64u, map.Hash.Count);
        uint all = 64;
        Assert.Equal(-(int)Errno.ENOENT, map.Hash.LookupBatch([], nextToken, new byte[256], new byte[512], ref all, andDelete: true));
        Assert.Equal((64u, 0u), (all, map.Hash.Count));
    }

    [Fact]
    public void A_reader_reads_and_cannot_write()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 8);
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(1), SelfVerifying.Value(8, 1, 5), UpdateFlags.Any));
        using TestMap reader = map.Again(ObjectAccess.ReadOnly);
        Assert.Equal(0, reader.Hash.Lookup(SelfVerifying.Key(1), new byte[8]));
        Assert.Equal(-(int)Errno.EPERM, reader.Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        Assert.Equal(-(int)Errno.EPERM, reader.Hash.Delete(SelfVerifying.Key(1)));
        Assert.Equal([1u], Keys(reader.Hash));
    }

    [Fact]
    public unsafe void Pointers_for_programs_lead_to_the_shared_value()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 8);
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(1), new byte[8], UpdateFlags.Any));
        uint key = 1, absent = 2;
        // Safe: the map stays mapped until the end of the method.
        *(ulong*)map.Hash.LookupPointer((byte*)&key) = 42;
        Assert.True(map.Hash.LookupPointer((byte*)&absent) == null);
        using TestMap other = map.Again();
        byte[] value = new byte[8];
        Assert.Equal(0, other.Hash.Lookup(SelfVerifying.Key(1), value));
        Assert.Equal(42ul, BinaryPrimitives.ReadUInt64LittleEndian(value));
    }

    internal static List<uint> Keys(Storage.Maps.SharedMap map)
    {
        List<uint> keys = [];
        byte[] key = [], next = new byte[4];
        while (map.NextKey(key, next) == 0)
        {
            key = [.. next];
            keys.Add(BinaryPrimitives.ReadUInt32LittleEndian(key));
            Assert.True(keys.Count < 1_000_000, "the walk does not end");
        }

        return keys;
    }

    private static void Step(Storage.Maps.HashMap map, Dictionary<byte, byte> model, int keySize, int valueSize, int operation, byte key, byte value)
    {
        byte[] keyBytes = KeyOf(key, keySize);
        byte[] valueBytes = ValueOf(value, valueSize);
        byte[] read = new byte[valueSize];
        bool present = model.TryGetValue(key, out byte known);
        switch (operation)
        {
            case < 3:
                int expected = present || model.Count < 40 ? 0 : -(int)Errno.E2BIG;
                Assert.Equal(expected, map.Update(keyBytes, valueBytes, UpdateFlags.Any));
                if (expected == 0)
                    model[key] = value;
                break;
            case 3:
                expected = present ? -(int)Errno.EEXIST : model.Count < 40 ? 0 : -(int)Errno.E2BIG;
                Assert.Equal(expected, map.Update(keyBytes, valueBytes, UpdateFlags.NoExist));
                if (expected == 0)
                    model[key] = value;
                break;
            case 4:
                Assert.Equal(present ? 0 : -(int)Errno.ENOENT, map.Update(keyBytes, valueBytes, UpdateFlags.Exist));
                if (present)
                    model[key] = value;
                break;
            case 5:
                Assert.Equal(present ? 0 : -(int)Errno.ENOENT, map.Delete(keyBytes));
                model.Remove(key);
                break;
            case 6:
                Assert.Equal(present ? 0 : -(int)Errno.ENOENT, map.LookupAndDelete(keyBytes, read));
                if (present)
                    Assert.Equal(ValueOf(known, valueSize), read);
                model.Remove(key);
                break;
            case 7:
                Assert.Equal(present ? 0 : -(int)Errno.ENOENT, map.Lookup(keyBytes, read));
                if (present)
                    Assert.Equal(ValueOf(known, valueSize), read);
                break;
            default:
                map.Repair();
                Assert.Equal((uint)model.Count, map.Count);
                break;
        }
    }

    private static void Compare(Storage.Maps.HashMap map, Dictionary<byte, byte> model, int keySize)
    {
        Assert.Equal((uint)model.Count, map.Count);
        HashSet<string> keys = [];
        byte[] key = [], next = new byte[keySize];
        for (; map.NextKey(key, next) == 0; key = [.. next])
            Assert.True(keys.Add(Convert.ToHexString(next)));
        Assert.Equal(model.Keys.Select(known => Convert.ToHexString(KeyOf(known, keySize))).Order(), keys.Order());
    }

    private static byte[] KeyOf(byte key, int size)
    {
        byte[] bytes = new byte[size];
        bytes[size - 1] = key;
        return bytes;
    }

    private static byte[] ValueOf(byte value, int size) => [.. Enumerable.Repeat(value, size)];

    private static void InThreads(int count, Action<int> body)
    {
        Exception?[] failures = new Exception?[count];
        Thread[] threads = [.. Enumerable.Range(0, count).Select(number => new Thread(() => failures[number] = Record.Exception(() => body(number))))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(failures, Assert.Null);
    }
}
