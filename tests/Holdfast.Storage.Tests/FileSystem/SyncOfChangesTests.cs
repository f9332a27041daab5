using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>A sync writes the snapshots of the maps that have changed, whatever the change was, and of no others.</summary>
[Collection(nameof(Alone))]
public unsafe class SyncOfChangesTests
{
    public static TheoryData<MapType> Types =>
        [MapType.Hash, MapType.LruHash, MapType.PerCpuHash, MapType.Array, MapType.PerCpuArray, MapType.LpmTrie, MapType.Queue, MapType.Stack];

    private static bool IsArray(MapType type) => type is MapType.Array or MapType.PerCpuArray;

    private static bool IsQueue(MapType type) => type is MapType.Queue or MapType.Stack;

    [Theory]
    [MemberData(nameof(Types))]
    public void Only_what_has_changed_is_written(MapType type)
    {
        using TestMap map = Create(type);
        Sync(map, 1);
        Sync(map, 1);
        byte[] value = new byte[map.Shared.ValueBufferSize];
        Assert.Equal(0, map.Shared.Update(Key(map, 1), value, UpdateFlags.Any));
        Sync(map, 2);
        Sync(map, 2);
        value[0] = 1;
        Assert.Equal(0, map.Shared.Update(Key(map, 1), value, UpdateFlags.Any));
        Assert.Equal(0, map.Shared.Lookup(Key(map, 1), value));
        Sync(map, 3);
        if (!IsArray(type))
            Assert.Equal(0, IsQueue(type) ? map.Shared.LookupAndDelete([], value) : map.Shared.Delete(Key(map, 1)));
        Sync(map, IsArray(type) ? 3u : 4);
        Sync(map, IsArray(type) ? 3u : 4);
    }

    /// <summary>Nothing tells when a program stores through the address of a value: such a map is written each time.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void What_programs_may_store_into_is_written(MapType type)
    {
        if (IsQueue(type))
            return; // programs get copies
        using TestMap map = Create(type);
        Assert.Equal(0, map.Shared.Update(Key(map, 1), new byte[map.Shared.ValueBufferSize], UpdateFlags.Any));
        Sync(map, 1);
        fixed (byte* key = Key(map, 1))
            Assert.True(map.Shared.LookupPointer(key) != null);
        Sync(map, 2);
        Sync(map, 3);

        // So in the next boot: the element is marked already.
        map.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());
        using TestMap again = map.Again();
        Sync(map, 4);
        Sync(map, 5);
    }

    /// <summary>What a recovery kept of later than the sync is a change of the next one's, though the word of changes may be as old as the sync.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void What_a_recovery_kept_is_written(MapType type)
    {
        using TestMap map = Create(type);
        byte[] page = new byte[4096];
        Sync(map, 1);
        using (FileStream stream = new(map.Temporary.PathOf(map.File.Key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            stream.Position = ObjectHeaderLayout.DataOffset;
            stream.ReadExactly(page.AsSpan(0, 16));
        }

        Assert.Equal(0, map.Shared.Update(Key(map, 1), new byte[map.Shared.ValueBufferSize], UpdateFlags.Any));
        if (!IsQueue(type) && type != MapType.LpmTrie)
            map.Poke(0, page.AsSpan(0, 8));
        map.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());
        using TestMap again = map.Again();
        Assert.Equal(0, again.Shared.Lookup(Key(map, 1), new byte[map.Shared.ValueBufferSize]));
        Sync(map, 2);
    }

    private static TestMap Create(MapType type) => TestMap.Create(
        type, IsQueue(type) ? 0u : type == MapType.LpmTrie ? 8u : 4, 16, 10, type == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None, durable: true);

    private static byte[] Key(TestMap map, uint key) =>
        IsQueue(map.Shared.Attributes.Type) ? [] : map.Shared.Attributes.Type == MapType.LpmTrie ? Torture.Key(map.Shared, key) : SelfVerifying.Key(key);

    private static void Sync(TestMap map, ulong sequence)
    {
        Assert.Null(map.Temporary.Store.Sync());
        Assert.Equal(Errno.None, SnapshotAreas.TryFind(map.File.Descriptor, map.Shared.Attributes, map.Shared.EntryValueSize, out SnapshotAreas areas));
        Assert.Equal(sequence, areas.OnlyHeader()?.Sequence);
    }
}
