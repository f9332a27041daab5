using System.Buffers.Binary;
using System.Diagnostics;
using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>The buckets of a hash map grow with its entries.</summary>
public class HashGrowthTests
{
    private const uint Entries = 3000;
    private const int Milliseconds = 2000;

    [Fact]
    public void A_hash_stays_in_its_bucket_or_goes_to_the_one_that_is_added() =>
        Gen.Select(Gen.UInt, Gen.UInt[2, (1u << 31) - 1]).Sample((hash, count) =>
        {
            uint before = HashMap.BucketOf(hash, count), after = HashMap.BucketOf(hash, count + 1);
            Assert.True(before < count);
            Assert.True(after == before || after == count);
            Assert.Equal(before, hash & (uint)((1ul << HashMap.LevelOf(before, count)) - 1));
            if (after != before)
                Assert.Equal(HashMap.LevelOf(before, count) + 1, HashMap.LevelOf(before, count + 1));
        });

    [Fact]
    public void What_a_new_bucket_takes_is_the_end_of_the_chain() =>
        Gen.Select(Gen.UInt.Array[2, 20], Gen.UInt[2, 1 << 20]).Sample((hashes, count) =>
        {
            Array.Sort(hashes, (one, other) => one == other ? 0 : HashMap.IsBehind(one, other) ? 1 : -1);
            bool[] goes = [.. hashes.Where(hash => HashMap.BucketOf(hash, count) == HashMap.BucketOf(hashes[0], count)).Select(hash => HashMap.BucketOf(hash, count + 1) == count)];
            Assert.Equal(goes.Order(), goes);
        });

    /// <summary>Against a dictionary, by one view that writes and one that finds the buckets grown at each look.</summary>
    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    public void Nothing_is_lost_or_doubled_at_any_size(MapType type)
    {
        Gen.Select(Gen.Int[0, (int)Entries * 2], Gen.Int[1, 5], Gen.UInt).Sample(
            (steps, insertions, seed) =>
            {
                using TestMap map = TestMap.Create(type, 4, 8, Entries, durable: false);
                using TestMap late = map.Again();
                DirectReader reader = late.Shared.DirectReader;
                Assert.NotSame(late.Shared, reader);
                Random random = new((int)seed);
                Dictionary<uint, ulong> model = [];
                uint most = 0;
                for (int step = 0; step < steps; step++)
                {
                    uint key = (uint)random.Next((int)Entries);
                    if (random.Next(insertions + 1) > 0)
                    {
                        Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(8, key, (ulong)step), UpdateFlags.Any));
                        model[key] = (ulong)step;
                    }
                    else
                    {
                        Assert.Equal(model.Remove(key) ? 0 : -(int)Errno.ENOENT, map.Shared.Delete(SelfVerifying.Key(key)));
                    }

                    most = Math.Max(most, (uint)model.Count);
                    Compare(step % 2 == 0 ? late.Shared : reader, model, key);
                }

                foreach (SharedMap view in new[] { map.Shared, late.Shared })
                {
                    Assert.Equal(model.Keys.Order(), HashMapTests.Keys((HashMap)view).Order());
                    Assert.Equal(model.Keys.Order(), InBatches(view).Order());
                    for (uint key = 0; key < Entries; key++)
                    {
                        Compare(view, model, key);
                        Compare(reader, model, key);
                    }
                }

                HashLayout layout = HashLayout.For(map.Shared.Attributes);
                Assert.Equal(Math.Max(layout.FirstBuckets, HashLayout.BucketsFor(most)), map.Hash.BucketsInUse);
            },
            iter: 12,
            threads: 1);
    }

    /// <summary>Threads with mappings of their own insert; what was there before a look began is met in it: by lookups, by keys, by batches and by entries, by these two once.</summary>
    [Fact]
    public void Readers_and_iterations_miss_nothing_while_buckets_are_added()
    {
        long end = Environment.TickCount64 + Milliseconds;
        int rounds = 0;
        do
        {
            using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 40_000);
            uint[] there = new uint[2];
            Thread[] writers = [.. Enumerable.Range(0, 2).Select(writer => new Thread(() => Insert(map, (uint)writer, ref there[writer])))];
            Exception? failure = null;
            Thread[] readers = [.. Enumerable.Range(0, 3).Select(reader => new Thread(() =>
            {
                try
                {
                    Look(map, reader, there);
                }
                catch (Exception exception) when (exception is Xunit.Sdk.XunitException)
                {
                    failure = exception;
                }
            }))];
            foreach (Thread thread in readers.Concat(writers))
                thread.Start();
            foreach (Thread thread in readers.Concat(writers))
                thread.Join();
            Assert.Null(failure);
            Assert.Equal(40_000u, map.Hash.Count);
            CatchUp(map.Hash);
            rounds++;
        }
        while (Environment.TickCount64 < end);
        Assert.True(rounds > 0);
    }

    /// <summary>Elements become other keys' as fast as they can: what is found is the key's own, and what stays is found.</summary>
    [Fact]
    public void A_reader_takes_no_other_keys_value()
    {
        const uint stay = 20, keys = 60;
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, keys);
        for (uint key = 0; key < stay; key++)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), BitConverter.GetBytes(key + 1ul), UpdateFlags.Any));
        long end = Environment.TickCount64 + Milliseconds;
        Thread[] writers = [.. Enumerable.Range(0, 2).Select(writer => new Thread(() =>
        {
            using TestMap view = map.Again();
            Random random = new(writer);
            while (Environment.TickCount64 < end)
            {
                uint key = stay + (uint)random.Next((int)(keys - stay));
                _ = random.Next(2) == 0 ? view.Shared.Delete(SelfVerifying.Key(key)) : view.Shared.Update(SelfVerifying.Key(key), BitConverter.GetBytes(key + 1ul), UpdateFlags.Any);
            }
        }))];
        foreach (Thread writer in writers)
            writer.Start();
        long found = 0, absent = 0;
        using (TestMap view = map.Again())
        {
            DirectReader reader = view.Shared.DirectReader;
            byte[] value = new byte[8];
            for (uint round = 0; Environment.TickCount64 < end; round++)
            {
                int result = reader.Lookup(SelfVerifying.Key(round % keys), value);
                Assert.True(result == 0 || round % keys >= stay, $"key {round % keys} was missed");
                Assert.True(result != 0 || BitConverter.ToUInt64(value) == (round % keys) + 1, $"key {round % keys} has another's value");
                _ = result == 0 ? found++ : absent++;
            }
        }

        foreach (Thread writer in writers)
            writer.Join();
        Assert.True(found > 0 && absent > 0, $"{found} found, {absent} absent");
    }

    /// <summary>A batch that ends where a bucket is, goes on there however many there are by then.</summary>
    [Fact]
    public void A_batch_goes_on_among_more_buckets()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, Entries);
        for (uint key = 0; key < 200; key++)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any));
        HashSet<uint> found = [];
        byte[] token = [], keys = new byte[4 * 20];
        uint next = 200;
        int result;
        do
        {
            uint count = 20;
            byte[] after = new byte[4];
            result = map.Shared.LookupBatch(token, after, keys, new byte[8 * 20], ref count, andDelete: false);
            token = after;
            for (int index = 0; index < count; index++)
                Assert.True(found.Add(BinaryPrimitives.ReadUInt32LittleEndian(keys.AsSpan(index * 4))));
            for (uint last = next + 100; next < Math.Min(last, Entries); next++)
                Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(next), new byte[8], UpdateFlags.Any));
        }
        while (result == 0);
        Assert.Equal(-(int)Errno.ENOENT, result);
        Assert.Equal(Enumerable.Range(0, 200).Select(key => (uint)key), found.Where(key => key < 200).Order());
    }

    [Fact]
    public void A_thousand_entries_of_a_map_for_2_to_the_31_take_less_than_a_megabyte()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 8, 8, 1u << 31, MapFlags.NoPrealloc, durable: false);
        for (ulong key = 0; key < 1000; key++)
            Assert.Equal(0, map.Shared.Update(BitConverter.GetBytes(key), BitConverter.GetBytes(~key), UpdateFlags.NoExist));
        Assert.InRange(BytesOf(map), 1, 1_000_000);
        byte[] value = new byte[8];
        for (ulong key = 0; key < 1000; key++)
        {
            Assert.Equal(0, map.Shared.Lookup(BitConverter.GetBytes(key), value));
            Assert.Equal(~key, BitConverter.ToUInt64(value));
        }
    }

    [Fact]
    public void A_full_map_takes_at_most_48_bytes_an_entry()
    {
        const uint entries = 100_000;
        using TestMap map = TestMap.Create(MapType.Hash, 8, 8, entries, durable: false);
        for (ulong key = 0; key < entries; key++)
            Assert.Equal(0, map.Shared.Update(BitConverter.GetBytes(key), BitConverter.GetBytes(key), UpdateFlags.NoExist));
        Assert.InRange(BytesOf(map) / (double)entries, 40, 48);
    }

    /// <summary>The number of buckets is as untrusted as all else.</summary>
    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(900u)]
    [InlineData(uint.MaxValue)]
    public void Any_number_of_buckets_does_no_harm(uint count)
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, Entries);
        for (uint key = 0; key < 1000; key++)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any));
        map.Poke(HashMap.BucketCountOffset, BitConverter.GetBytes(count));
        for (uint key = 0; key < 1000; key++)
        {
            _ = map.Shared.Lookup(SelfVerifying.Key(key), new byte[8]);
            _ = map.Shared.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any);
        }

        Assert.True(InBatches(map.Shared).Count > 0);
        map.Hash.Repair();
    }

    /// <summary>While a writer was kept from running in the middle of a split, buckets may have fallen behind; further insertions add them.</summary>
    private static void CatchUp(HashMap map)
    {
        for (uint round = 0; map.BucketsInUse < HashLayout.BucketsFor(40_000); round++)
        {
            Assert.True(round < 40_000, $"only {map.BucketsInUse} buckets");
            Assert.Equal(0, map.Delete(SelfVerifying.Key(round)));
            Assert.Equal(0, map.Update(SelfVerifying.Key(round), new byte[8], UpdateFlags.NoExist));
        }
    }

    private static void Insert(TestMap map, uint writer, ref uint there)
    {
        using TestMap view = map.Again();
        for (uint number = 0; number < 20_000; number++)
        {
            Assert.Equal(0, view.Shared.Update(SelfVerifying.Key((number * 2) + writer), BitConverter.GetBytes((number * 2) + writer + 1ul), UpdateFlags.NoExist));
            Volatile.Write(ref there, number + 1);
        }
    }

    private static void Look(TestMap map, int reader, uint[] there)
    {
        using TestMap view = map.Again(reader == 0 ? ObjectAccess.ReadOnly : ObjectAccess.ReadWrite);
        DirectReader direct = view.Shared.DirectReader;
        Random random = new(reader);
        byte[] value = new byte[8];
        for (bool last = false; !last;)
        {
            uint[] known = [Volatile.Read(ref there[0]), Volatile.Read(ref there[1])];
            last = known.All(count => count == 20_000);
            for (int look = 0; look < 2000; look++)
            {
                uint writer = (uint)random.Next(2);
                if (known[writer] == 0)
                    continue;
                uint key = ((uint)random.Next((int)known[writer]) * 2) + writer;
                Assert.Equal(0, (look % 2 == 0 ? view.Shared : direct).Lookup(SelfVerifying.Key(key), value));
                Assert.Equal(key + 1ul, BitConverter.ToUInt64(value));
            }

            (List<uint> found, bool once) = reader switch
            {
                0 => (InEntries(view.Shared), true),
                1 => (InBatches(view.Shared), true),
                _ => (HashMapTests.Keys(view.Hash), false),
            };
            HashSet<uint> distinct = [.. found];
            Assert.True(!once || distinct.Count == found.Count, "a key was met twice");
            for (uint writer = 0; writer < 2; writer++)
            {
                for (uint number = 0; number < known[writer]; number++)
                    Assert.True(distinct.Contains((number * 2) + writer), $"key {(number * 2) + writer} of {known[writer]} was missed");
            }
        }
    }

    private static void Compare(DirectReader view, Dictionary<uint, ulong> model, uint key)
    {
        byte[] value = new byte[8];
        int result = view.Lookup(SelfVerifying.Key(key), value);
        Assert.Equal(model.ContainsKey(key) ? 0 : -(int)Errno.ENOENT, result);
        if (result == 0)
            Assert.Equal(model[key], SelfVerifying.Read(value, key));
    }

    private static List<uint> InEntries(SharedMap map)
    {
        List<uint> found = [];
        Assert.Equal(Errno.None, map.ReadEntries((key, _) =>
        {
            found.Add(BinaryPrimitives.ReadUInt32LittleEndian(key));
            return Errno.None;
        }));
        return found;
    }

    private static List<uint> InBatches(SharedMap map)
    {
        List<uint> found = [];
        byte[] token = [], keys = new byte[4 * 500], values = new byte[8 * 500];
        int result;
        do
        {
            uint count = 500;
            byte[] next = new byte[4];
            result = map.LookupBatch(token, next, keys, values, ref count, andDelete: false);
            token = next;
            for (int index = 0; index < count; index++)
                found.Add(BinaryPrimitives.ReadUInt32LittleEndian(keys.AsSpan(index * 4)));
        }
        while (result == 0);
        Assert.Equal(-(int)Errno.ENOENT, result);
        return found;
    }

    private static long BytesOf(TestMap map)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", map.Temporary.PathOf(map.File.Key)]) { RedirectStandardOutput = true })!;
        string blocks = stat.StandardOutput.ReadToEnd();
        stat.WaitForExit();
        return long.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) * 512;
    }
}
