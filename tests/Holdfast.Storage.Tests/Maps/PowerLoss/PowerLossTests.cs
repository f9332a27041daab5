using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>
/// What was done before the last successful sync is there after a loss of power; what was done later is there whole or not at all. Random
/// operations, syncs and deaths in the middle of syncs; then any subset of the pages written since, each as of any moment; then again.
/// </summary>
[Collection(nameof(Alone))]
public class PowerLossTests
{
    internal static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_POWER_LOSS_CASES"), out long cases) ? cases : 45;

    [Theory]
    [InlineData(MapType.Hash, false)]
    [InlineData(MapType.Hash, true)]
    [InlineData(MapType.LruHash, true)]
    [InlineData(MapType.LpmTrie, false)]
    [InlineData(MapType.LpmTrie, true)]
    [InlineData(MapType.Array, false)]
    [InlineData(MapType.Array, true)]
    public void What_was_synced_is_there_and_later_things_are_whole(MapType type, bool programsStore)
    {
        Gen.Select(Sizes(1u, 4, 8, 16, 100, 1000, 2100, 4090, 5000, 9000), Gen.UInt[1, 40], Gen.Int, Gen.Bool).Sample(
            (valueSize, entries, seed, mmapable) =>
            {
                Random random = new(seed);
                MapFlags flags = type == MapType.Array && mmapable ? MapFlags.Mmapable : FlagsOf(type);
                using DurableMap map = new(type, valueSize, entries, flags);
                uint keys = type is MapType.Hash or MapType.LpmTrie ? (2 * entries) + 1 : entries;
                for (int loss = 0; loss < 3; loss++)
                {
                    Play(map, random, keys, programsStore);
                    Lose(map, random, keys);
                }

                map.CheckRoom(keys);
            },
            iter: Cases,
            threads: 1);
    }

    [Theory]
    [InlineData(MapType.Hash, false)]
    [InlineData(MapType.Hash, true)]
    [InlineData(MapType.LruHash, true)]
    [InlineData(MapType.LpmTrie, false)]
    [InlineData(MapType.LpmTrie, true)]
    [InlineData(MapType.Array, false)]
    [InlineData(MapType.Array, true)]
    public void An_orderly_restart_loses_nothing(MapType type, bool programsStore)
    {
        // With programs, values of up to a page: of larger ones in a hash map the docs promise less.
        Gen<uint> sizes = programsStore ? Sizes(1u, 8, 100, 1000, 4000) : Sizes(1u, 8, 100, 1000, 4090, 9000);
        Gen.Select(sizes, Gen.UInt[1, 40], Gen.Int).Sample(
            (valueSize, entries, seed) =>
            {
                Random random = new(seed);
                using DurableMap map = new(type, valueSize, entries, FlagsOf(type));
                uint keys = type is MapType.Hash or MapType.LpmTrie ? (2 * entries) + 1 : entries;
                for (int restart = 0; restart < 3; restart++)
                {
                    Play(map, random, keys, programsStore);
                    map.Disk.Look();
                    map.Restart(map.Disk.AfterRestart());
                    map.CheckComplete(keys);
                    map.Check(keys);
                }

                map.CheckRoom(keys);
            },
            iter: Cases / 3,
            threads: 1);
    }

    /// <summary>Power is lost again and again while the map recovers, at the calls that recovery makes and at its end.</summary>
    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LpmTrie)]
    [InlineData(MapType.Array)]
    public void Recovery_may_be_interrupted(MapType type)
    {
        Gen.Select(Sizes(8u, 100, 2100, 5000), Gen.UInt[1, 40], Gen.Int).Sample(
            (valueSize, entries, seed) =>
            {
                Random random = new(seed);
                using DurableMap map = new(type, valueSize, entries, FlagsOf(type));
                uint keys = type is MapType.Hash or MapType.LpmTrie ? (2 * entries) + 1 : entries;
                Play(map, random, keys, programsStore: true);
                map.Sync();
                Play(map, random, keys, programsStore: true);
                map.Disk.Look();
                byte[] image = map.Disk.AfterPowerLoss(random);
                for (int interruption = 0; interruption < 4; interruption++)
                {
                    map.Restart(image, call => Sometimes(random, map.Disk.Look));
                    map.Disk.Look();
                    image = map.Disk.AfterPowerLoss(random);
                }

                map.Restart(image);
                map.Check(keys);
                map.CheckRoom(keys);
            },
            iter: Cases / 3,
            threads: 1);
    }

    /// <summary>On a real device's file system, through the store's own sync.</summary>
    [Fact]
    public void A_store_on_a_device_keeps_the_promise()
    {
        using (TemporaryStore probe = new(Path.GetTempPath()))
            Assert.SkipUnless(probe.Store.IsDurable, "the directory of temporary files is emptied by a restart");
        Random random = new(5);
        foreach ((MapType type, uint valueSize) in new[] { (MapType.Hash, 100u), (MapType.Hash, 5000u), (MapType.Array, 100u), (MapType.LpmTrie, 100u) })
        {
            using DurableMap map = new(type, valueSize, 20, FlagsOf(type), Path.GetTempPath());
            for (int loss = 0; loss < 3; loss++)
            {
                Play(map, random, 20, programsStore: true);
                map.SyncStore();
                Play(map, random, 20, programsStore: true);
                Lose(map, random, 20);
            }

            map.CheckRoom(20);
        }
    }

    private static MapFlags FlagsOf(MapType type) => type == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None;

    private static void Play(DurableMap map, Random random, uint keys, bool programsStore)
    {
        int steps = random.Next(1, 120);
        int syncs = random.Next(4);
        for (int step = 0; step < steps; step++)
        {
            uint key = (uint)random.Next((int)keys);
            int choice = random.Next(100);
            if (choice < 55 || (choice < 75 && !map.HasEntries))
                map.Update(key, Value(map, random));
            else if (choice < 75)
                map.Delete(key);
            else if (choice < 90 && programsStore)
                map.StoreWord(key, random.Next(2000), (byte)random.Next(256));
            else if (choice >= 97 && syncs > 0)
                map.Sync(random.Next(3));
            Sometimes(random, map.Disk.Look);
        }
    }

    private static void Lose(DurableMap map, Random random, uint keys)
    {
        map.Disk.Look();
        map.Restart(map.Disk.AfterPowerLoss(random));
        map.Check(keys);
    }

    private static Gen<uint> Sizes(params uint[] sizes) => Gen.Int[0, sizes.Length - 1].Select(index => sizes[index]);

    private static byte[] Value(DurableMap map, Random random)
    {
        byte[] value = new byte[map.Shared.Attributes.ValueSize];
        if (random.Next(5) == 0)
            value.AsSpan().Fill((byte)random.Next(3));
        else
            random.NextBytes(value);
        return value;
    }

    internal static void Sometimes(Random random, Action action)
    {
        if (random.Next(3) == 0)
            action();
    }
}
