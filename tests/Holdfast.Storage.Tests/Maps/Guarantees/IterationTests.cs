using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// Maps that are walked, by keys, by batches and as a whole, while others come and go in them and are replaced: a walk ends, meets every key that
/// was there throughout, and gives no key a value that is torn or another's. Threads with the map mapped for each, as processes would have it.
/// </summary>
public class IterationTests(ITestOutputHelper output)
{
    private const uint Staying = 60;
    private const uint Passing = 60;
    private const uint Room = 400; // an LRU map that isn't full evicts nothing
    private const int Milliseconds = 600;
    private const int MostSteps = 2_000_000;

    [Theory]
    [InlineData("hash")]
    [InlineData("durable hash")]
    [InlineData("hash of words")]
    [InlineData("percpu_hash")]
    [InlineData("lru_hash")]
    [InlineData("lru_percpu_hash")]
    [InlineData("hash_of_maps")]
    [InlineData("lpm_trie")]
    [InlineData("durable lpm_trie")]
    [InlineData("array")]
    [InlineData("durable array")]
    [InlineData("array of words")]
    public void A_walk_under_change_ends_and_misses_nothing(string name)
    {
        KeyedSubject subject = (KeyedSubject)MapSubjects.Of(name);
        using TestMap map = subject.Create(Room);
        for (uint key = 0; key < Staying + Passing; key++)
            Assert.Equal(0, map.Shared.Update(Torture.Key(map.Shared, key), subject.Value(map.Shared, key, 1), UpdateFlags.Any));
        Dictionary<string, uint> numbers = Enumerable.Range(0, (int)(Staying + Passing)).ToDictionary(number => Convert.ToHexString(Torture.Key(map.Shared, (uint)number)), number => (uint)number);
        long walks = 0, steps = 0, changes = 0;
        long end = Environment.TickCount64 + Milliseconds;
        Action<SharedMap, Random>[] roles =
        [
            (shared, random) => Change(shared, subject, random, ref changes),
            (shared, random) => Change(shared, subject, random, ref changes),
            (shared, _) => WalkKeys(shared, subject, numbers, ref steps),
            (shared, _) => WalkBatches(shared, subject, numbers),
            (shared, _) => WalkAll(shared, subject, numbers),
        ];
        Exception?[] failures = new Exception?[roles.Length];
        Thread[] threads = [.. roles.Select((role, number) => new Thread(() =>
        {
            try
            {
                using TestMap view = map.Again();
                Random random = new(number);
                for (int round = 0; round == 0 || Environment.TickCount64 < end; round++)
                {
                    role(view.Shared, random);
                    Interlocked.Add(ref walks, number < 2 ? 0 : 1);
                }
            }
            catch (Exception exception) when (exception is Xunit.Sdk.XunitException)
            {
                failures[number] = exception;
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.All(failures, Assert.Null);
        output.WriteLine($"{name}: {walks} walks, {steps} steps by keys, {changes} changes");
        Assert.True(changes > 100, $"{changes} changes");
    }

    private static void Change(SharedMap map, KeyedSubject subject, Random random, ref long changes)
    {
        // Keys that stay are replaced; the others come and go.
        uint key = (uint)random.Next((int)(Staying + Passing));
        int result = key >= Staying && random.Next(2) == 0 && map is not ArrayMap
            ? map.Delete(Torture.Key(map, key))
            : map.Update(Torture.Key(map, key), subject.Value(map, key, (ulong)random.Next(1, 1 << 20)), UpdateFlags.Any);
        Assert.True(result is 0 or -(int)Errno.ENOENT, $"key {key}: {(Errno)(-result)}");
        Interlocked.Increment(ref changes);
    }

    /// <summary>By BPF_MAP_GET_NEXT_KEY, which begins anew where the key that it is to go on from is gone.</summary>
    private static void WalkKeys(SharedMap map, KeyedSubject subject, Dictionary<string, uint> numbers, ref long steps)
    {
        HashSet<uint> met = [];
        byte[] key = [], next = new byte[map.Attributes.KeySize], value = new byte[map.ValueBufferSize];
        int taken = 0;
        for (; map.NextKey(key, next) == 0; taken++)
        {
            Assert.True(taken < MostSteps, "the walk doesn't end");
            key = [.. next];
            if (!TryNumber(map, numbers, key, out uint number))
                continue;
            met.Add(number);
            int result = map.Lookup(key, value);
            Assert.True(result == 0 || (number >= Staying && result == -(int)Errno.ENOENT), $"key {number}: {(Errno)(-result)}");
            Assert.True(result != 0 || subject.Counter(value, number) is not null, $"key {number} is torn: {Convert.ToHexString(value)}");
        }

        Interlocked.Add(ref steps, taken);
        RequireAll(met, "by keys");
    }

    private static void WalkBatches(SharedMap map, KeyedSubject subject, Dictionary<string, uint> numbers)
    {
        if (!map.HasBatch(BpfCommand.MapLookupBatch))
        {
            WalkAll(map, subject, numbers);
            return;
        }

        const uint atOnce = 100; // more than a bucket has
        int keySize = (int)map.Attributes.KeySize, valueSize = map.ValueBufferSize;
        byte[] token = [], nextToken = new byte[map.BatchTokenSize], keys = new byte[atOnce * keySize], values = new byte[atOnce * valueSize];
        List<uint> met = [];
        int result = 0;
        for (int taken = 0; result == 0; taken++)
        {
            Assert.True(taken < MostSteps, "the walk doesn't end");
            uint count = atOnce;
            result = map.LookupBatch(token, nextToken, keys, values, ref count, andDelete: false);
            Assert.True(result is 0 or -(int)Errno.ENOENT, $"{(Errno)(-result)}");
            token = [.. nextToken];
            for (int at = 0; at < count; at++)
            {
                if (TryNumber(map, numbers, keys.AsSpan(at * keySize, keySize).ToArray(), out uint number))
                    Take(subject, met, number, values.AsSpan(at * valueSize, valueSize));
            }
        }

        RequireAll([.. met], "by batches");

        // Tables go by buckets; a trie goes on from the last key.
        if (map is not Storage.Maps.Lpm.LpmTrie)
            Assert.Equal((int)Staying, met.Count(number => number < Staying));
    }

    private static void WalkAll(SharedMap map, KeyedSubject subject, Dictionary<string, uint> numbers)
    {
        List<uint> met = [];
        Assert.Equal(Errno.None, map.ReadEntries((key, value) =>
        {
            if (TryNumber(map, numbers, key.ToArray(), out uint number))
                Take(subject, met, number, value);
            return Errno.None;
        }));
        RequireAll([.. met], "as a whole");
        Assert.Equal(met.Count(number => number < Staying), met.Where(number => number < Staying).Distinct().Count());
    }

    private static void Take(KeyedSubject subject, List<uint> met, uint number, ReadOnlySpan<byte> value)
    {
        Assert.True(subject.Counter(value, number) is not null, $"key {number} is torn: {Convert.ToHexString(value)}");
        met.Add(number);
    }

    /// <summary>Arrays have more keys than were written.</summary>
    private static bool TryNumber(SharedMap map, Dictionary<string, uint> numbers, byte[] key, out uint number)
    {
        bool known = numbers.TryGetValue(Convert.ToHexString(key), out number);
        Assert.True(known || map is ArrayMap, $"nobody put {Convert.ToHexString(key)} in");
        return known;
    }

    private static void RequireAll(HashSet<uint> met, string how)
    {
        for (uint number = 0; number < Staying; number++)
            Assert.True(met.Contains(number), $"{how}: key {number} was there all the time, and was not met");
    }
}
