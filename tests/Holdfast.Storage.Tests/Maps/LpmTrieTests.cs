using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Tests.FileSystem;
using Holdfast.Storage.Tests.FileSystem.Lifetime;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>LPM tries in shared memory: against a list of prefixes, at deaths between any two stores, after a restart, under change.</summary>
[Collection(nameof(Alone))]
public class LpmTrieTests
{
    private const int ValueSize = 24;

    [Theory]
    [InlineData(1, 20)]
    [InlineData(4, 60)]
    [InlineData(4, 5000)]
    [InlineData(16, 3000)]
    public void Random_operations_agree_with_a_list(int dataBytes, int entries)
    {
        using TestMap map = Create(dataBytes, entries);
        LpmTrie trie = (LpmTrie)map.Shared;
        Dictionary<string, byte[]> model = [];
        Random random = new(dataBytes + entries);
        byte[] value = new byte[ValueSize];
        for (int step = 0; step < 20_000; step++)
        {
            byte[] key = RandomKey(dataBytes, random);
            string name = Name(key);
            switch (random.Next(4))
            {
                case 0:
                    Assert.Equal(model.Remove(name) ? 0 : -(int)Errno.ENOENT, trie.Delete(key));
                    break;
                case 1 or 2:
                    byte[] fresh = SelfVerifying.Value(ValueSize, (uint)step, 1);
                    int expected = model.ContainsKey(name) || model.Count < entries ? 0 : -(int)Errno.ENOSPC;
                    Assert.Equal(expected, trie.Update(key, fresh, UpdateFlags.Any));
                    if (expected == 0)
                        model[name] = fresh;
                    break;
                default:
                    byte[]? best = Best(model, name);
                    Assert.Equal(best is null ? -(int)Errno.ENOENT : 0, trie.Lookup(key, value));
                    if (best is not null)
                        Assert.Equal(best, value);
                    break;
            }

            Assert.Equal((uint)model.Count, trie.Count);
        }

        // What is longer comes before what it is part of, zeros before ones.
        string[] order = [.. model.Keys.Select(name => name + "2").Order(StringComparer.Ordinal).Select(name => name[..^1])];
        Assert.Equal(order, Keys(trie));
        List<string> read = [];
        Assert.Equal(Errno.None, trie.ReadEntries((key, found) =>
        {
            read.Add(Name(key.ToArray()));
            Assert.Equal(model[read[^1]], found.ToArray());
            return Errno.None;
        }));
        Assert.Equal(order, read);
    }

    /// <summary>Dies before each single store of each operation; the next writer, another process to the map, finds it as before or after.</summary>
    [Fact]
    public void A_death_between_any_two_stores_leaves_the_state_before_or_after()
    {
        Random random = new(5);
        int deaths = 0;
        using TestMap map = Create(4, 12);
        Dictionary<string, byte[]> model = [];
        for (int step = 0; step < 1500; step++)
        {
            byte[] key = random.Next(2) == 0 && model.Count > 0 ? FromName(model.Keys.ElementAt(random.Next(model.Count))) : RandomKey(2, random, 4), value = SelfVerifying.Value(ValueSize, (uint)step, 1);
            bool deletes = random.Next(5) < 2;
            int stores = random.Next(1, 30);
            using (TestMap mortal = map.Again())
            {
                // Its lease first, and the free queue's turn.
                int left = stores;
                LpmLog.Interceptor = () =>
                {
                    if (--left == 0)
                        throw new SimulatedDeathException();
                };
                try
                {
                    int result = deletes ? mortal.Shared.Delete(key) : mortal.Shared.Update(key, value, UpdateFlags.Any);
                    if (result == 0)
                        Apply(model, key, deletes ? null : value);
                    continue;
                }
                catch (SimulatedDeathException)
                {
                    deaths++;
                }
                finally
                {
                    LpmLog.Interceptor = null;
                }
            }

            // Unlike the lookup, whoever writes finds the lock taken by a lease that is gone.
            Assert.Equal(-(int)Errno.ENOENT, map.Shared.Delete([32, 0, 0, 0, 255, 255, 255, 255]));
            Dictionary<string, byte[]> after = new(model);
            Apply(after, key, deletes ? null : value);
            Dictionary<string, byte[]> found = Contents((LpmTrie)map.Shared);
            if (Same(found, after))
                model = after;
            else
                Assert.True(Same(found, model), $"step {step}: {stores} stores of a {(deletes ? "deletion" : "update")} of {Name(key)}");
            Assert.Equal((uint)model.Count, ((LpmTrie)map.Shared).Count);
        }

        Assert.InRange(deaths, 300, 1500);

        // Nothing leaked: as many prefixes as ever fit, over and over.
        for (int round = 0; round < 100; round++)
        {
            foreach (string name in Keys((LpmTrie)map.Shared))
                Assert.Equal(0, map.Shared.Delete(FromName(name)));
            for (byte at = 0; at < 12; at++)
                Assert.Equal(0, map.Shared.Update([32, 0, 0, 0, (byte)(at * 20), (byte)round, 0, at], new byte[ValueSize], UpdateFlags.NoExist));
            Assert.Equal(-(int)Errno.ENOSPC, map.Shared.Update([31, 0, 0, 0, 0, 0, 0, 0], new byte[ValueSize], UpdateFlags.Any));
        }
    }

    [Fact]
    public void A_restart_keeps_what_can_be_trusted_and_loses_no_room()
    {
        using TestMap map = Create(4, 300);
        LpmTrie trie = (LpmTrie)map.Shared;
        Random random = new(9);
        for (int at = 0; at < 300; at++)
            _ = trie.Update(RandomKey(4, random), SelfVerifying.Value(ValueSize, (uint)at, 1), UpdateFlags.Any);
        Dictionary<string, byte[]> before = Contents(trie);
        map.Poke(LpmLayout.LockOffset, BitConverter.GetBytes(0x0000_0101u));
        LpmLayout layout = LpmLayout.For(map.Shared.Attributes);
        for (uint index = 50; index < 60; index++)
            map.Poke(layout.NodesOffset + layout.Placement.OffsetOf((uint)index), new byte[layout.Stride]);
        map.Poke(Storage.Memory.ObjectHeaderLayout.BootIdOffset - Storage.Memory.ObjectHeaderLayout.DataOffset, new byte[16]);
        using TestMap again = map.Again();
        LpmTrie after = (LpmTrie)again.Shared;
        Dictionary<string, byte[]> kept = Contents(after);
        Assert.Equal((uint)kept.Count, after.Count);
        Assert.InRange(kept.Count, before.Count / 2, before.Count);
        foreach ((string name, byte[] value) in kept)
            Assert.True(value.All(part => part == 0) || before[name].AsSpan().SequenceEqual(value), name);
        foreach (string name in kept.Keys)
            Assert.Equal(0, after.Delete(FromName(name)));
        Assert.Empty(Keys(after));
        for (uint at = 0; at < 300; at++)
            Assert.Equal(0, after.Update(Torture.Key(after, at), new byte[ValueSize], UpdateFlags.NoExist));
    }

    /// <summary>Around a prefix that stays, others come and go: it is always found, whole, and a walk always ends.</summary>
    [Fact]
    public async Task Change_around_a_prefix_never_hides_or_tears_it()
    {
        using TestMap map = Create(4, 64);
        byte[] stays = [16, 0, 0, 0, 10, 1, 0, 0], inside = [32, 0, 0, 0, 10, 1, 200, 7];
        Assert.Equal(0, map.Shared.Update(stays, SelfVerifying.Value(ValueSize, 7, 1), UpdateFlags.Any));
        using CancellationTokenSource over = new();
        Task[] writers = [.. Enumerable.Range(0, 2).Select(number => Task.Run(() =>
        {
            using TestMap mine = map.Again();
            Random random = new(number);
            for (ulong counter = 1; !over.IsCancellationRequested; counter++)
            {
                byte[] key = [(byte)random.Next(8, 33), 0, 0, 0, 10, (byte)random.Next(2), (byte)random.Next(4), (byte)random.Next(4)];
                if (key[0] != 16 && random.Next(2) == 0)
                    _ = mine.Shared.Delete(key);
                else if (key[0] != 16 || key[5] == 1)
                    _ = mine.Shared.Update(key, SelfVerifying.Value(ValueSize, key[0] == 16 ? 7u : 1000u, counter), UpdateFlags.Any);
            }
        }))];
        byte[] value = new byte[ValueSize];
        long end = Environment.TickCount64 + 1500;
        while (Environment.TickCount64 < end)
        {
            Assert.Equal(0, map.Shared.Lookup(inside, value));
            Assert.True(SelfVerifying.Read(value, 7) is not null, Convert.ToHexString(value));
            Assert.Equal(0, map.Shared.Lookup(stays, value));
            Assert.True(SelfVerifying.Read(value, 7) is not null, Convert.ToHexString(value));
            byte[] next = new byte[8];
            Assert.Equal(0, map.Shared.NextKey([], next));
            Assert.InRange(next[0], (byte)0, (byte)32);
        }

        await over.CancelAsync();
        await Task.WhenAll(writers);
    }

    /// <summary>Prefixes in the trie's order, as bits.</summary>
    internal static List<string> Keys(LpmTrie trie)
    {
        List<string> keys = [];
        byte[] key = [], next = new byte[trie.Attributes.KeySize];
        while (trie.NextKey(key, next) == 0 && keys.Count <= trie.Attributes.MaxEntries)
        {
            key = [.. next];
            keys.Add(Name(key));
        }

        return keys;
    }

    private static TestMap Create(int dataBytes, int entries) =>
        TestMap.Create(MapType.LpmTrie, (uint)dataBytes + 4, ValueSize, (uint)entries, MapFlags.NoPrealloc);

    private static byte[] RandomKey(int freeBytes, Random random, int? dataBytes = null)
    {
        byte[] key = new byte[4 + (dataBytes ?? freeBytes)];
        for (int at = 0; at < freeBytes; at++)
            key[4 + at] = (byte)(random.Next() & (at < 2 ? 0x91 : 0x03));
        BinaryPrimitives.WriteInt32LittleEndian(key, random.Next((key.Length - 4) * 8) + random.Next(2));
        return key;
    }

    /// <summary>A prefix's bits, as text.</summary>
    private static string Name(byte[] key) =>
        string.Concat(key.Skip(4).Select(part => Convert.ToString(part, 2).PadLeft(8, '0')))[..BinaryPrimitives.ReadInt32LittleEndian(key)];

    private static byte[] FromName(string name) =>
        [.. BitConverter.GetBytes(name.Length), .. Enumerable.Range(0, 4).Select(at => Convert.ToByte(name.PadRight(32, '0').Substring(at * 8, 8), 2))];

    private static byte[]? Best(Dictionary<string, byte[]> model, string name)
    {
        for (int length = name.Length; length >= 0; length--)
        {
            if (model.TryGetValue(name[..length], out byte[]? value))
                return value;
        }

        return null;
    }

    private static Dictionary<string, byte[]> Contents(LpmTrie trie)
    {
        Dictionary<string, byte[]> contents = [];
        foreach (string name in Keys(trie))
        {
            byte[] value = new byte[ValueSize];
            Assert.Equal(0, trie.Lookup(FromName(name), value));
            contents.Add(name, value);
        }

        return contents;
    }

    private static void Apply(Dictionary<string, byte[]> model, byte[] key, byte[]? value)
    {
        if (value is null)
            model.Remove(Name(key));
        else if (model.ContainsKey(Name(key)) || model.Count < 12)
            model[Name(key)] = value;
    }

    private static bool Same(Dictionary<string, byte[]> one, Dictionary<string, byte[]> other) =>
        one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out byte[]? value) && value.AsSpan().SequenceEqual(pair.Value));
}
