using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>Durable maps whose values hold a <c>bpf_spin_lock</c>: a value that was locked when the power went comes back unlocked, and as the promise has it.</summary>
[Collection(nameof(Alone))]
public class LockPowerLossTests
{
    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.Array)]
    public void No_value_comes_back_locked(MapType type) =>
        Gen.Select(Gen.Int[0, 3].Select(index => new uint[] { 16, 40, 100, 1000 }[index]), Gen.UInt[1, 40], Gen.Int, Gen.Bool)
            .Sample((valueSize, entries, seed, first) => LosePower(type, valueSize, entries, seed, first), iter: PowerLossTests.Cases, threads: 1);

    /// <summary>Never synced, and buckets of several moments that held one entry more than the map may have.</summary>
    [Theory]
    [InlineData(1000, 35, 115056020)]
    [InlineData(40, 34, 51163765)]
    public void A_map_of_several_moments_holds_no_more_than_it_may(uint valueSize, uint entries, int seed) => LosePower(MapType.Hash, valueSize, entries, seed, lockIsFirst: true);

    private static void LosePower(MapType type, uint valueSize, uint entries, int seed, bool lockIsFirst)
    {
        Random random = new(seed);
        using DurableMap map = new(type, valueSize, entries, lockAt: lockIsFirst ? 0 : 8);
        uint keys = type == MapType.Hash ? (2 * entries) + 1 : entries;
        for (int loss = 0; loss < 4; loss++)
        {
            Play(map, random, keys);
            map.Disk.Look();
            map.Restart(loss == 1 ? map.Disk.AfterRestart() : map.Disk.AfterPowerLoss(random));
            map.CheckUnlocked(keys);
            map.Check(keys);
        }

        map.CheckRoom(keys);
        map.CheckUnlocked(4 * keys);
    }

    private static void Play(DurableMap map, Random random, uint keys)
    {
        int steps = random.Next(1, 120), syncs = random.Next(4);
        for (int step = 0; step < steps; step++)
        {
            uint key = (uint)random.Next((int)keys);
            byte[] value = new byte[map.Shared.Attributes.ValueSize];
            random.NextBytes(value);
            int choice = random.Next(100);
            if (choice < 35 || (choice < 70 && !map.HasEntries))
                map.Update(key, value);
            else if (choice < 55)
                map.Delete(key);
            else if (choice < 70)
                map.Update(key, value, UpdateFlags.Lock);
            else if (choice < 80)
                map.StoreWord(key, random.Next(2000), (byte)random.Next(256));
            else if (choice < 95)
                map.Hold(key, LockWord.Make(random.Next(100, 126), (uint)random.Next(1, 5)));
            else if (syncs-- > 0)
                map.Sync(random.Next(3));
            if (random.Next(3) == 0)
                map.Disk.Look();
        }
    }
}
