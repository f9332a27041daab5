using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>
/// The game that writers play until they are killed. Keys below <see cref="SharedKeys"/> belong to everybody, are there from the
/// start and never deleted; of the others each belongs to one writer, which counts its updates in a <see cref="Ledger"/>.
/// </summary>
internal static class Torture
{
    public const int Writers = 3;
    public const int SharedKeys = 16;
    public const int KeysOfWriter = 64;
    public const uint Keys = SharedKeys + (Writers * KeysOfWriter);

    public static uint OwnKey(uint writer, uint index) => SharedKeys + (writer * KeysOfWriter) + index;

    /// <summary>Barely more than keys; of an LRU map far fewer, so that most updates of new keys evict.</summary>
    public static uint EntriesOf(MapType type) => type == MapType.LruHash ? 40 : Keys + Writers;

    /// <summary>Whether entries go that nobody deletes.</summary>
    public static bool Evicts(SharedMap map) => map.Attributes.Type == MapType.LruHash;

    /// <summary>Whether the update with this counter is a deletion. Arrays have none.</summary>
    public static bool IsDeletion(SharedMap map, ulong counter) => map is not ArrayMap && counter % 4 == 3;

    /// <summary>A key's bytes. Prefixes of a trie part in their first 20 bits, and are of all lengths from there on.</summary>
    public static byte[] Key(SharedMap map, uint key) => map is LpmTrie
        ? [.. BitConverter.GetBytes(20 + (key % 13)), (byte)(key * 37), (byte)(key >> 4), (byte)(key << 4), 0]
        : SelfVerifying.Key(key);

    public static void WriteOwn(SharedMap map, Ledger ledger, uint key, byte[] value)
    {
        // One more than what was begun last: a predecessor may have died before its update or after it.
        ulong counter = ledger.Begun(key) + 1;
        ledger.Begin(key, counter);
        if (IsDeletion(map, counter))
        {
            int result = map.Delete(Key(map, key));
            Require(result is 0 or -(int)Errno.ENOENT, key, result);
        }
        else
        {
            SelfVerifying.Fill(value, key, counter);
            int result = map.Update(Key(map, key), value, UpdateFlags.Any);
            Require(result == 0, key, result);
        }

        ledger.Complete(key, counter);
    }

    public static void WriteShared(SharedMap map, uint key, ulong counter, byte[] value)
    {
        SelfVerifying.Fill(value, key, counter);
        int result = map.Update(Key(map, key), value, UpdateFlags.Any);
        Require(result == 0, key, result);
    }

    /// <summary>Any read at any time: whole, of its key, never missing if never deleted, never older than what was seen.</summary>
    public static void CheckRead(SharedMap map, uint key, ulong[] newest, byte[] value)
    {
        int result = map.Lookup(Key(map, key), value);
        if (result == -(int)Errno.ENOENT && (key >= SharedKeys || Evicts(map)))
            return;
        Require(result == 0, key, result);
        ulong? counter = SelfVerifying.Read(value, key);
        if (counter is null && map is ArrayMap && value.All(part => part == 0))
            return;
        Assert.True(counter is not null, $"key {key} is torn: {Convert.ToHexString(value)}");
        if (key < SharedKeys)
            return;
        Assert.True(counter >= newest[key], $"key {key} went back from {newest[key]} to {counter}");
        newest[key] = counter.Value;
    }

    /// <summary>After a writer's death: each of its keys holds what was completed last, or what was begun after it.</summary>
    public static void CheckOwn(SharedMap map, Ledger ledger, uint key, byte[] value)
    {
        ulong begun = ledger.Begun(key), completed = ledger.Completed(key);
        int result = map.Lookup(Key(map, key), value);
        ulong? counter = result == 0 ? SelfVerifying.Read(value, key) : null;

        // A predecessor's death leaves a gap: any of what was begun since may be what is there.
        bool possible = result != 0 && Evicts(map);
        for (ulong candidate = completed; candidate <= begun && !possible; candidate++)
        {
            bool absent = candidate == 0 || IsDeletion(map, candidate);
            possible = absent ? result != 0 || (map is ArrayMap && candidate == 0) : counter == candidate;
        }

        Assert.True(possible, $"key {key}: completed {completed}, begun {begun}, found {counter?.ToString() ?? "nothing"} ({result})");
    }

    /// <summary>With every writer dead: all locks can be taken within bounds, nothing is there twice, and the count is right.</summary>
    public static TimeSpan CheckAtRest(SharedMap map, Ledger ledger, byte[] value)
    {
        for (uint key = SharedKeys; key < Keys; key++)
            CheckOwn(map, ledger, key, value);
        Stopwatch longest = new();
        TimeSpan worst = TimeSpan.Zero;
        if (map is HashMap hash)
        {
            CheckCount(hash);
            for (uint key = 0; key < Keys; key++)
            {
                // Rewriting what is there goes through every bucket's lock.
                if (map.Lookup(Key(map, key), value) != 0)
                    continue;
                longest.Restart();
                Require(map.Update(Key(map, key), value, UpdateFlags.Exist) == 0, key, 0);
                worst = longest.Elapsed > worst ? longest.Elapsed : worst;
            }

            CheckCount(hash);
        }

        if (map is LpmTrie trie)
        {
            // One lock: the first who writes takes it over, and completes what its owner had begun.
            longest.Restart();
            Require(map.Lookup(Key(map, 0), value) == 0 && map.Update(Key(map, 0), value, UpdateFlags.Exist) == 0, 0, 0);
            worst = longest.Elapsed;
            List<string> keys = LpmTrieTests.Keys(trie);
            Assert.Equal(keys.Count, keys.Distinct().Count());
            Assert.Equal((uint)keys.Count, trie.Count);
        }

        return worst;
    }

    private static void CheckCount(HashMap map)
    {
        List<uint> keys = HashMapTests.Keys(map);
        Assert.Equal(keys.Count, keys.Distinct().Count());
        map.Repair();
        Assert.InRange(keys.Count, 1, (int)map.Attributes.MaxEntries);
        Assert.Equal((uint)keys.Count, map.Count);
        Assert.Equal(keys, HashMapTests.Keys(map));
    }

    private static void Require(bool condition, uint key, int result) => Assert.True(condition, $"key {key}: {(Errno)(-result)}");
}
