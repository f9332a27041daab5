using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Maps.Queues;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.Checking;

/// <summary>Damage of each kind of map, done to its file: it is told in one line, repaired, and what was not hit by it is there.</summary>
[Collection(nameof(Alone))]
public sealed class MapDamageTests
{
    private const uint Entries = 60;
    private const uint ValueSize = 16;

    // Kind, what is done, what is told, entries that may be lost.
    private static readonly Dictionary<string, (MapType Type, Action<DamagedMap> Do, string Told, int Lost)> Damages = new()
    {
        ["queue: ends"] = (MapType.Queue, map => map.Poke(QueueLayout.EndsOffset, BitConverter.GetBytes(ulong.MaxValue)), "its ends are slots", (int)Entries),
        ["queue: lock"] = (MapType.Queue, map => map.Poke(QueueLayout.LockOffset, Dead), "pushes and pops is held by a writer that died", 0),
        ["queue: bitmap"] = (MapType.Queue, map => map.Poke(QueueLayout.For(map.Shape).BitmapOffset, [0]), "its bitmap says that nothing is there", 0),
        ["stack: bitmap"] = (MapType.Stack, map => map.Poke(QueueLayout.For(map.Shape).BitmapOffset, [0]), "its bitmap says that nothing is there", 0),
        ["stack: lock"] = (MapType.Stack, map => map.Poke(QueueLayout.LockOffset, Dead), "pushes and pops is held by a writer that died", 0),
        ["trie: lock"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.LockOffset, Dead), "the writers is held by a writer that died", 0),
        ["trie: count"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.EntriesOffset, BitConverter.GetBytes(7)), $"it counts 7 prefixes and has {Entries}", 0),
        ["trie: queue"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.QueuedOffset, BitConverter.GetBytes(9)), "its queue of free nodes holds", 0),
        ["trie: log"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.LogOffset, BitConverter.GetBytes(1)), "an update is committed", 0),
        ["trie: bitmap"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.For(map.Shape).BitmapOffset, [0]), "its bitmap says that nothing is there", 0),
        ["trie: root gone"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.For(map.Shape).MiddleOffset + (4 * 10), new byte[4]), "neither in the trie nor free", 0),
        ["trie: root out of bounds"] = (MapType.LpmTrie, map => map.Poke(LpmLayout.For(map.Shape).MiddleOffset + (4 * 10), BitConverter.GetBytes(70_000)), "which was never used", 0),
        ["trie: a node's key"] = (MapType.LpmTrie, map => map.Poke(Node(map, 0) + LpmLayout.HeaderBytes, [99]), "doesn't begin as", 1),
        ["trie: a node's length"] = (MapType.LpmTrie, map => map.Poke(Node(map, 0) + 8, BitConverter.GetBytes(200)), "has a prefix of 200 bits", 1),
        ["bloom: bitmap"] = (MapType.BloomFilter, map => map.Poke(BloomLayout.For(map.Shape).BitmapOffset, [0]), "its bitmap says that nothing is there", 0),
        ["array: bitmap"] = (MapType.Array, map => map.Poke(ArrayLayout.For(map.Shape).BitmapOffset, [0]), "its bitmap says that nothing is there", 0),
        ["per-CPU array: lock"] = (MapType.PerCpuArray, map => map.Poke(ArrayLayout.LockOffset, Dead), "large updates is held by a writer that died", 0),
        ["per-CPU array: redo"] = (MapType.PerCpuArray, map => map.Poke(ArrayLayout.RedoIndexOffset, BitConverter.GetBytes(ulong.MaxValue)), "its redo record names element", 0),
        ["per-CPU hash: count"] = (MapType.PerCpuHash, map => map.Poke(HashAllocator.EntriesOffset, BitConverter.GetBytes(7)), $"it counts 7 entries and has {Entries}", 0),
        ["LRU per-CPU hash: count"] = (MapType.LruPerCpuHash, map => map.Poke(HashAllocator.EntriesOffset, BitConverter.GetBytes(7)), $"it counts 7 entries and has {Entries}", 0),
        ["LRU hash: allocator's lock"] = (MapType.LruHash, map => map.Poke(HashAllocator.LockOffset, Dead), "the element allocator is held by a writer that died", 0),
        ["ring: positions"] = (MapType.RingBuf, map => map.Poke(RingLayout.ConsumerOffset, BitConverter.GetBytes(ulong.MaxValue)), "its positions are", (int)Entries),
        ["ring: lock"] = (MapType.RingBuf, map => map.Poke(RingLayout.LockOffset, Dead), "who reserves or drains is held by a writer that died", 0),
        ["ring: a record's length"] = (MapType.RingBuf, map => map.Poke(RingLayout.RecordsOffset + (10 * 24), BitConverter.GetBytes(1 << 20)), "more than were written", (int)Entries - 10),
        ["ring: a record of a dead writer"] = (MapType.RingBuf, map => map.Poke(RingLayout.RecordsOffset + (10 * 24), [.. BitConverter.GetBytes((1u << 31) | 16), .. Dead]), "died before it was complete", 1),
        ["user ring: positions"] = (MapType.UserRingBuf, map => map.Poke(RingLayout.ProducerOffset, BitConverter.GetBytes(12ul)), "its positions are", 0),
        ["stack traces: lock"] = (MapType.StackTrace, map => map.Poke(StackLayout.LockOffset, Dead), "who adds and removes stacks is held by a writer that died", 0),
        ["stack traces: count"] = (MapType.StackTrace, map => map.Poke(StackLayout.CountOffset, BitConverter.GetBytes(7)), "it counts 7 stacks and has", 0),
        ["stack traces: bitmap"] = (MapType.StackTrace, map => map.Poke(StackLayout.For(map.Shape).BitmapOffset, [0]), "its bitmap says that nothing is there", 0),
        ["stack traces: a frame"] = (MapType.StackTrace, map => map.Poke(FirstStack(map).Frames, [0xEE]), "are not those of its hash", 1),
        ["stack traces: a number of frames"] = (MapType.StackTrace, map => map.Poke(FirstStack(map).Bucket + 4, [0xFF]), "are not those of its hash", 1),
        ["stack traces: a state's empty bits"] = (MapType.StackTrace, map => map.Poke(FirstStack(map).Bucket + 7, [0x11]), "are not those of its hash", 1),
        ["stack traces: the place that counts"] = (MapType.StackTrace, map => map.Poke(FirstStack(map).Bucket + 7, [0x80]), "stack", 1),
        ["perf: reader"] = (MapType.PerfEventArray, map => map.Poke(PerfLayout.BlocksOffset + PerfLayout.ReaderOffset, Dead), "the reader of buffer 0 died", 0),
    };

    public static TheoryData<string, bool> All
    {
        get
        {
            TheoryData<string, bool> all = [];
            foreach (string name in Damages.Keys)
            {
                all.Add(name, false);
                all.Add(name, true);
            }

            return all;
        }
    }

    private static byte[] Dead => BitConverter.GetBytes(LockWord.Make(3, 7));

    [Theory]
    [MemberData(nameof(All))]
    public void Damage_is_told_and_repaired_and_the_rest_is_there(string name, bool durable)
    {
        (MapType type, Action<DamagedMap> damage, string told, int lost) = Damages[name];
        StoreCheck.IsHasty = true;
        using DamagedMap map = new(type, ValueSize, Entries, durable);
        List<string> before = map.Contents();
        Assert.True(StoreCheck.TryRun(map.Store.Path, DamagedMap.NoContents, out StoreCheckReport? sound, out StorageError? error), error?.Message);
        Assert.Equal([], sound.Findings);

        damage(map);
        Assert.True(StoreRepair.TryRun(map.Store.Path, DamagedMap.NoContents, out StoreRepairReport? report, out error), error?.Message);
        Assert.Contains(report.Fixed, finding => finding.What.Contains(told, StringComparison.Ordinal) && !finding.What.Contains('\n', StringComparison.Ordinal));
        Assert.Equal([], report.Remaining);
        Assert.Equal([], report.Failures);
        List<string> after = map.Contents();
        Assert.Empty(after.Except(before));
        Assert.InRange(after.Count, before.Count - lost, before.Count);
        map.Use();
    }

    /// <summary>In durable maps there are checks of what was written.</summary>
    [Theory]
    [InlineData(MapType.LpmTrie, "isn't what an update wrote", 1)]
    [InlineData(MapType.Queue, "are not those that its digest is of", 1)]
    [InlineData(MapType.Stack, "are not those that its digest is of", 1)]
    public void A_damaged_value_of_a_durable_map_is_told(MapType type, string told, int changed)
    {
        StoreCheck.IsHasty = true;
        using DamagedMap map = new(type, ValueSize, Entries, durable: true);
        List<string> before = map.Contents();
        map.Poke(type == MapType.LpmTrie ? Node(map, 0) + LpmLayout.For(map.Shape).ValueOffset : QueueLayout.For(map.Shape).ElementsOffset + 32, [0xEE]);
        Assert.True(StoreRepair.TryRun(map.Store.Path, DamagedMap.NoContents, out StoreRepairReport? report, out StorageError? error), error?.Message);
        Assert.Contains(report.Fixed, finding => finding.What.Contains(told, StringComparison.Ordinal));
        Assert.Equal([], report.Remaining);
        Assert.Equal(before.Count - changed, before.Intersect(map.Contents()).Count());
        map.Use();
    }

    /// <summary>Where the bucket and the frames of the first stack are.</summary>
    private static (long Bucket, long Frames) FirstStack(DamagedMap map)
    {
        StackLayout layout = StackLayout.For(map.Shape);
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(Convert.FromHexString(map.Contents()[0][..8]));
        return (layout.BucketsOffset + ((long)id * StackLayout.BucketBytes), layout.BucketsOffset + layout.PlaceOf(id, 0));
    }

    private static long Node(DamagedMap map, uint index) => LpmLayout.For(map.Shape).NodesOffset + LpmLayout.For(map.Shape).Placement.OffsetOf(index);
}
