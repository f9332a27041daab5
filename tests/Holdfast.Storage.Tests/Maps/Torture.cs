using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Storage.Maps.Stacks;

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
    public static uint EntriesOf(MapType type) => type switch
    {
        MapType.LruHash or MapType.LruPerCpuHash => 40,
        MapType.StackTrace => 1 << 20, // so that no two of the stacks have the same id
        MapType.BloomFilter => 1 << 24,
        _ => Keys + Writers,
    };

    /// <summary>Whether entries go that nobody deletes.</summary>
    public static bool Evicts(SharedMap map) => map.Attributes.Type is MapType.LruHash or MapType.LruPerCpuHash;

    /// <summary>Whether the update with this counter is a deletion. Arrays and filters have none.</summary>
    public static bool IsDeletion(SharedMap map, ulong counter) => map is not (ArrayMap or PerCpuArray or BloomMap) && counter % 4 == 3;

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
            int result = TortureMaps.Delete(map, key);
            Require(result is 0 or -(int)Errno.ENOENT, key, result);
        }
        else
        {
            int result = TortureMaps.Put(map, key, counter, value);
            Require(result == 0, key, result);
        }

        ledger.Complete(key, counter);
    }

    public static void WriteShared(SharedMap map, uint key, ulong counter, byte[] value)
    {
        int result = TortureMaps.Put(map, key, counter, value);
        Require(result == 0, key, result);
    }

    /// <summary>Any read at any time: whole, of its key, never missing if never deleted, never older than what was seen.</summary>
    public static void CheckRead(SharedMap map, uint key, ulong[] newest, byte[] value)
    {
        // A filter is asked for a value: what everybody knows of is the first of a shared key.
        int result = TortureMaps.Find(map, key, 1, value);
        if (result == -(int)Errno.ENOENT && (key >= SharedKeys || Evicts(map)))
            return;
        Require(result == 0, key, result);
        ulong? counter = TortureMaps.Read(map, key, value);
        if (counter is null && map is ArrayMap && value.All(part => part == 0))
            return;
        Assert.True(counter is not null, $"key {key} is torn: {Convert.ToHexString(value)}");
        if (key < SharedKeys || map is BloomMap)
            return;
        Assert.True(counter >= newest[key], $"key {key} went back from {newest[key]} to {counter}");
        newest[key] = counter.Value;
    }

    /// <summary>After a writer's death: each of its keys holds what was completed last, or what was begun after it.</summary>
    public static void CheckOwn(SharedMap map, Ledger ledger, uint key, byte[] value)
    {
        ulong begun = ledger.Begun(key), completed = ledger.Completed(key);
        int result = TortureMaps.Find(map, key, completed, value);
        ulong? counter = result == 0 ? TortureMaps.Read(map, key, value) : null;

        // A predecessor's death leaves a gap: any of what was begun since may be what is there.
        bool possible = (result != 0 && Evicts(map)) || (map is BloomMap && (completed == 0 || result == 0));
        for (ulong candidate = completed; candidate <= begun && !possible; candidate++)
        {
            bool absent = candidate == 0 || IsDeletion(map, candidate);
            possible = absent
                ? result != 0 || (map is ArrayMap && candidate == 0) || (map is PerCpuArray && counter == 0)
                : counter == candidate || (map is StackTraceMap && counter is not null);
        }

        Assert.True(possible, $"key {key}: completed {completed}, begun {begun}, found {counter?.ToString() ?? "nothing"} ({result})");
    }

    /// <summary>With every writer dead: all locks can be taken within bounds, nothing is there twice, and the count is right.</summary>
    public static Wait CheckAtRest(SharedMap map, Ledger ledger, byte[] value)
    {
        for (uint key = SharedKeys; key < Keys; key++)
            CheckOwn(map, ledger, key, value);
        if (map is HashMap before)
            CheckCount(before);

        // Rewriting what is there goes through every lock: the first to write takes over what the dead have held.
        Wait worst = default;
        for (uint key = 0; key < Keys; key++)
        {
            if (map is BloomMap || TortureMaps.Find(map, key, 1, value) != 0 || TortureMaps.Read(map, key, value) is not { } counter)
                continue;
            WaitClock clock = WaitClock.Start();
            int result = TortureMaps.Put(map, key, counter, value);
            worst = worst.Or(clock.Read());
            Require(result == 0, key, result);
        }

        if (map is HashMap hash)
            CheckCount(hash);
        if (map is PerCpuHash ofSlots)
        {
            uint found = CountKeys(map);
            ofSlots.Repair();
            Assert.Equal(found, ofSlots.Count);
        }

        if (map is LpmTrie trie)
            Assert.Equal(CountKeys(map), trie.Count);
        return worst;
    }

    /// <summary>Counts the keys, none of which may be there twice.</summary>
    private static uint CountKeys(SharedMap map)
    {
        HashSet<string> keys = [];
        Assert.Equal(Errno.None, map.ReadEntries((key, _) =>
        {
            Assert.True(keys.Add(Convert.ToHexString(key)), $"{Convert.ToHexString(key)} is there twice");
            return Errno.None;
        }));
        return (uint)keys.Count;
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
