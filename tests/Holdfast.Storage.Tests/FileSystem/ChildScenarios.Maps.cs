using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>What child processes do with maps.</content>
public static partial class ChildScenarios
{
    /// <summary>store, pin: locks the stripes of a hash map that has two, and never lets go.</summary>
    public static unsafe void HoldBucket(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        TestMap map = TestMap.Open(store, arguments[1]);
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(1), SelfVerifying.Value(16, 1, 1), UpdateFlags.Any));
        Assert.Equal(Errno.None, MappedFile.TryMap(map.File.Descriptor, map.File.Header.DataOffset + map.File.Header.DataLength, writable: true, out MappedFile? file));
        LeaseTable leases = new(file!.Base + ObjectHeaderLayout.LeaseTableOffset, () => map.File.TryReopen(true, out int descriptor) == Errno.None ? descriptor : -1);
        Assert.Equal(Errno.None, leases.TryTake(out _));
        Assert.Equal(2u, HashLayout.For(map.Shared.Attributes).Stripes);
        // Safe: the words lie in the control block, and stay mapped.
        for (int stripe = 0; stripe < 2; stripe++)
            SharedLock.Enter((uint*)(file.Base + ObjectHeaderLayout.DataOffset + HashLayout.StripesOffset + (stripe * HashLayout.StripeBytes)), leases);
        Console.WriteLine("held");
        Child.WaitToBeKilled();
    }

    /// <summary>store, type: makes a map larger than the file system and fills it; prints the error and how many entries went in.</summary>
    public static void FillMap(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        MapType type = Enum.Parse<MapType>(arguments[1]);
        const uint entries = 1u << 20;
        using TestMap map = type == MapType.LpmTrie
            ? CreatePinned(store, type, 8, 256, entries, MapFlags.NoPrealloc)
            : CreatePinned(store, type, 4, type is MapType.ProgArray or MapType.HashOfMaps ? 4u : 256u, entries);
        int valueSize = map.Shared.ValueBufferSize;
        uint step = type == MapType.ProgArray ? 512u : 1u;
        uint written = 0;
        Errno failure = Errno.None;
        for (; written * step < entries; written++)
        {
            failure = Put(map, written * step, valueSize);
            if (failure != Errno.None)
                break;
        }

        // Reading everything, what isn't there included, allocates nothing.
        byte[] value = new byte[valueSize];
        for (uint key = 0; key < entries; key++)
        {
            int result = map.Shared.Lookup(KeyOf(map, key), value);
            if (key % step == 0 && key / step < written)
                Assert.True(result == 0 && (valueSize == sizeof(uint) || SelfVerifying.Read(value, key) == 1), $"{key}: {result}");
        }

        for (int again = 0; again < 1000; again++)
            _ = Put(map, (written + (uint)again) * step, valueSize);
        if (map.Shared is HashMap hash)
            Assert.Equal((uint)HashMapTests.Keys(hash).Count, hash.Count);
        Console.WriteLine($"{failure} {written}");
    }

    private static Errno Put(TestMap map, uint key, int valueSize) => map.Shared is ProgArrayMap slots
        ? slots.Exchange(key, 7, out _)
        : (Errno)(-map.Shared.Update(KeyOf(map, key), valueSize == sizeof(uint) ? SelfVerifying.Key(7) : SelfVerifying.Value(valueSize, key, 1), UpdateFlags.Any));

    /// <summary>A key of a map, or the prefix of a trie that is one address.</summary>
    private static byte[] KeyOf(TestMap map, uint key) =>
        map.Shared is LpmTrie ? [32, 0, 0, 0, .. SelfVerifying.Key(key)] : SelfVerifying.Key(key);

    private static TestMap CreatePinned(Store store, MapType type, uint keySize, uint valueSize, uint entries, MapFlags flags = MapFlags.None)
    {
        Assert.True(TestMap.TryCreate(store, type, keySize, valueSize, entries, flags, out ObjectFile? file, out StorageError? error), error?.ToString());
        Assert.Null(store.Bpffs.Pin(file!, store.Bpffs.DefaultPath + "/m"));
        return TestMap.Open(store, store.Bpffs.DefaultPath + "/m");
    }
}
