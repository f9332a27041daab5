using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Threads of one process, with the map mapped once for each role, as processes would have it.</summary>
public class ConcurrencyTests
{
    private const int ValueSize = 120;
    private const int Milliseconds = 700;

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.Array)]
    public void Values_are_never_torn(MapType type)
    {
        using TestMap map = TestMap.Create(type, 4, ValueSize, 64);
        for (uint key = 0; key < 64; key++)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(ValueSize, key, 0), UpdateFlags.Any));
        Run(
            map,
            writers: 3,
            (view, random) =>
            {
                // Few keys, so that writers meet.
                uint key = (uint)random.Next(8);
                Assert.Equal(0, view.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(ValueSize, key, (ulong)random.NextInt64()), UpdateFlags.Any));
            },
            (view, random) =>
            {
                uint key = (uint)random.Next(10);
                byte[] value = new byte[ValueSize];
                Assert.Equal(0, view.Shared.Lookup(SelfVerifying.Key(key), value));
                Assert.NotNull(SelfVerifying.Read(value, key));
            });
    }

    [Fact]
    public void Inserting_and_deleting_around_a_key_never_hides_it()
    {
        // Four buckets, so that chains are long and everything is unlinked beside the keys that stay.
        using TestMap map = TestMap.Create(MapType.Hash, 4, ValueSize, 4 + 60, MapFlags.ZeroSeed);
        uint[] stay = [1000, 1001, 1002, 1003];
        foreach (uint key in stay)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(ValueSize, key, 0), UpdateFlags.Any));
        Run(
            map,
            writers: 2,
            (view, random) =>
            {
                uint key = (uint)random.Next(40);
                int result = random.Next(2) == 0
                    ? view.Shared.Delete(SelfVerifying.Key(key))
                    : view.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(ValueSize, key, 1), UpdateFlags.Any);
                Assert.True(result is 0 or -(int)Errno.ENOENT, $"{(Errno)(-result)}");
            },
            (view, random) =>
            {
                byte[] value = new byte[ValueSize];
                uint key = stay[random.Next(stay.Length)];
                Assert.Equal(0, view.Shared.Lookup(SelfVerifying.Key(key), value));
                Assert.Equal(0ul, SelfVerifying.Read(value, key));
            });
        map.Hash.Repair();
        Assert.Equal((uint)HashMapTests.Keys(map.Hash).Count, map.Hash.Count);
    }

    [Fact]
    public void Iteration_under_change_ends_and_gives_only_keys_that_were_there()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 8, 300);
        for (uint key = 0; key < 100; key++)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(8, key, 0), UpdateFlags.Any));
        Run(
            map,
            writers: 2,
            (view, random) =>
            {
                uint key = 100 + (uint)random.Next(100);
                _ = random.Next(2) == 0 ? view.Shared.Delete(SelfVerifying.Key(key)) : view.Shared.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any);
            },
            (view, random) =>
            {
                byte[] key = [], next = new byte[4];
                for (int steps = 0; steps < 600 && view.Shared.NextKey(key, next) == 0; steps++)
                {
                    key = [.. next];
                    Assert.InRange(BinaryPrimitives.ReadUInt32LittleEndian(key), 0u, 199u);
                }

                // Batches go by buckets: a key that stays is there exactly once.
                uint count = 300;
                byte[] keys = new byte[4 * 300];
                int result = view.Shared.LookupBatch([], new byte[4], keys, new byte[8 * 300], ref count, andDelete: false);
                Assert.Equal(-(int)Errno.ENOENT, result);
                IEnumerable<uint> all = Enumerable.Range(0, (int)count).Select(index => BinaryPrimitives.ReadUInt32LittleEndian(keys.AsSpan(index * 4)));
                Assert.Equal(100, all.Where(found => found < 100).Distinct().Count());
                Assert.Equal(100, all.Count(found => found < 100));
            },
            readersWrite: true);
    }

    [Fact]
    public void Slots_of_prog_arrays_are_exchanged_without_loss()
    {
        using TestMap map = TestMap.Create(MapType.ProgArray, 4, 4, 1);
        int drawn = 0;
        uint[] seen = new uint[40_001];
        Parallel.For(0, 4, _ =>
        {
            using TestMap view = map.Again();
            for (int index = 0; index < 10_000; index++)
            {
                Assert.Equal(Errno.None, view.Slots.Exchange(0, (uint)Interlocked.Increment(ref drawn), out uint previous));
                Interlocked.Increment(ref seen[previous]);
            }
        });
        Interlocked.Increment(ref seen[map.Slots.IdAt(0)]);
        Assert.All(seen, count => Assert.Equal(1u, count));
    }

    private static void Run(
        TestMap map, int writers, Action<TestMap, Random> write, Action<TestMap, Random> read, bool readersWrite = false)
    {
        Thread[] threads = new Thread[writers + 2];
        Exception?[] failures = new Exception?[threads.Length];
        long end = Environment.TickCount64 + Milliseconds;
        for (int index = 0; index < threads.Length; index++)
        {
            int role = index;
            bool writer = role < writers;
            threads[role] = new Thread(() =>
            {
                try
                {
                    Play(map, writer || readersWrite, !writer && readersWrite, writer ? write : read, new Random(role), end);
                }
                catch (Exception exception) when (exception is Xunit.Sdk.XunitException)
                {
                    failures[role] = exception;
                }
            });
            threads[role].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
    }

    private static void Play(TestMap map, bool writable, bool takesLease, Action<TestMap, Random> step, Random random, long end)
    {
        using TestMap view = map.Again(writable ? ObjectAccess.ReadWrite : ObjectAccess.ReadOnly);
        if (takesLease)
            _ = view.Shared.Delete(SelfVerifying.Key(9999));
        int rounds = 0;
        for (; rounds == 0 || Environment.TickCount64 < end; rounds++)
            step(view, random);
    }
}
