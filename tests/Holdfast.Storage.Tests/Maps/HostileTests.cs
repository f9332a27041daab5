using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>
/// Map files that were damaged before they are opened: wrong answers are allowed, a crash, a hang or an access outside the mapping is
/// not. Damage while a map is in use is in <see cref="Guarantees.HostileFileTests"/>. <c>HOLDFAST_FUZZ_CASES</c> sets the number of cases.
/// </summary>
public class HostileTests
{
    private const int ValueSize = 24;
    private static readonly long Cases = long.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), out long cases) ? cases : 100_000;

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.Array)]
    [InlineData(MapType.LpmTrie)]
    [InlineData(MapType.LruHash)]
    public void Damaged_map_files_are_refused_or_used_without_harm(MapType type)
    {
        using TestMap map = Create(type);
        for (uint key = 0; key < 50; key++)
            Assert.Equal(0, map.Shared.Update(Torture.Key(map.Shared, key), SelfVerifying.Value(ValueSize, key, 1), UpdateFlags.Any));
        byte[] good = File.ReadAllBytes(map.Temporary.PathOf(map.File.Key));
        string victim = map.Temporary.Fs + "/victim";
        using FileStream file = new(victim, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Random random = new(11);
        long opened = 0, refused = 0;
        for (long number = 0; number < Cases / 20; number++)
        {
            byte[] bytes = [.. good];
            for (int change = random.Next(1, 8); change > 0; change--)
                bytes[random.Next(2) == 0 ? random.Next(ObjectHeaderLayout.ReadLength) : random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
            if (random.Next(8) != 0)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(ObjectHeaderLayout.ChecksumOffset), ObjectHeaderCodec.Checksum(bytes));
            int length = random.Next(8) == 0 ? random.Next(bytes.Length) : bytes.Length;
            file.Position = 0;
            file.Write(bytes.AsSpan(0, length));
            file.SetLength(length);
            _ = Use(map.Temporary.Store, victim, random) ? opened++ : refused++;
        }

        Assert.True(opened > 0 && refused > 0, $"{opened} opened, {refused} refused");
    }

    /// <summary>A chain that bites its tail, at full length: every walk ends in time.</summary>
    [Theory]
    [InlineData(MapType.Hash, 0x0000_0105)]
    [InlineData(MapType.LruHash, 0x0000_0105)]
    [InlineData(MapType.LruHash, 0x7f)]
    public void Endless_chains_end(MapType type, uint state)
    {
        const uint entries = 20_000;
        using TestMap map = TestMap.Create(type, 4, 8, entries, MapFlags.ZeroSeed);
        for (uint key = 0; key < entries; key++)
            Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(key), new byte[8], UpdateFlags.Any));
        HashLayout layout = HashLayout.For(map.Shared.Attributes);

        // All elements in one ring, each in a state that a dead writer might have left, or linked, the last one resting.
        for (uint index = 0; index < entries; index++)
        {
            byte[] header = new byte[HashLayout.HeaderBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(header, ((index + 1) % entries) + 1);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), index == entries - 1 ? 1u : 2u);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), state);
            map.Poke(layout.ElementsOffset + layout.Placement.OffsetOf((uint)index), header);
        }

        for (uint bucket = 0; bucket < 64; bucket++)
            map.Poke(layout.BucketsOffset + ((long)bucket << layout.BucketShift), BitConverter.GetBytes(1u));
        long start = Environment.TickCount64;
        Random random = new(3);
        for (int operation = 0; operation < 200; operation++)
            _ = Operate(map.Shared, random);
        map.Hash.Repair();
        Assert.InRange(Environment.TickCount64 - start, 0, 60_000);
    }

    private static TestMap Create(MapType type) => type switch
    {
        MapType.ProgArray => TestMap.Create(type, 4, 4, 50),
        MapType.Queue or MapType.Stack => TestMap.Create(type, 0, ValueSize, 50),
        MapType.LpmTrie => TestMap.Create(type, 8, ValueSize, 50, MapFlags.NoPrealloc),
        _ => TestMap.Create(type, 4, ValueSize, 50),
    };

    private static bool Use(Store store, string pin, Random random)
    {
        if (!store.Bpffs.TryOpenPinned(pin, ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error))
        {
            Assert.DoesNotContain('\n', error.Message);
            return false;
        }

        MapAttributes shape = MapShape.Of(file.Header.ReadAttributes<MapObjectAttributes>());
        Errno failure = SharedMap.TryOpen(file.Descriptor, shape, file.Header.DataOffset, file.Header.DataLength, writable: true, out SharedMap? map);
        for (int operation = 0; operation < 20 && map is not null; operation++)
            _ = Operate(map, random);
        map?.Dispose();
        _ = Posix.Close(file.Detach());
        return failure == Errno.None;
    }

    private static int Operate(SharedMap map, Random random)
    {
        int keySize = (int)map.Attributes.KeySize, valueSize = map.ValueBufferSize;
        byte[] key = keySize == 0 ? [] : Torture.Key(map, (uint)random.Next(60)), value = new byte[valueSize];
        if (map is LpmTrie)
            key[0] = (byte)random.Next(34);
        switch (random.Next(8))
        {
            case 0:
                return map.Delete(key);
            case 1:
                return map.LookupAndDelete(key, value);
            case 2:
                return map.NextKey(random.Next(4) == 0 ? [] : key, new byte[keySize]);
            case 3:
                uint count = (uint)random.Next(1, 60);
                byte[] token = new byte[Math.Max(4, keySize)];
                random.NextBytes(token);
                return map.LookupBatch(random.Next(2) == 0 ? [] : token, token, new byte[count * keySize], new byte[count * valueSize], ref count, random.Next(4) == 0);
            case 4:
                if (map is HashMap hash && random.Next(20) == 0)
                    hash.Repair();
                return map is ProgArrayMap slots ? -(int)slots.Exchange(key[0], 1, out _) : map.Lookup(key, value);
            case 5:
                return map.Lookup(key, value);
            default:
                return map.Update(key, value, (UpdateFlags)random.Next(4));
        }
    }
}
