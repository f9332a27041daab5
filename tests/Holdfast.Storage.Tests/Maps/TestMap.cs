using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>A map in a store of its own, or a further view of one, as another process would have.</summary>
internal sealed class TestMap : IDisposable
{
    // The whole of these tests runs on the layout of durable stores too: HOLDFAST_TEST_DURABLE=1.
    private static readonly bool DurableByDefault = Environment.GetEnvironmentVariable("HOLDFAST_TEST_DURABLE") == "1";

    private readonly TemporaryStore? _owned;

    private TestMap(TemporaryStore? owned, ObjectFile file, SharedMap shared)
    {
        _owned = owned;
        File = file;
        Shared = shared;
    }

    public ObjectFile File { get; }

    public SharedMap Shared { get; }

    public HashMap Hash => (HashMap)Shared;

    public ArrayMap Array => (ArrayMap)Shared;

    public ProgArrayMap Slots => (ProgArrayMap)Shared;

    public TemporaryStore Temporary => _owned!;

    public static TestMap Create(MapType type, uint keySize, uint valueSize, uint entries, MapFlags flags = MapFlags.None, bool? durable = null, int lockAt = -1)
    {
        TemporaryStore temporary = durable ?? DurableByDefault ? new(options: new StoreOptions { SweepBudget = 0, IsDurable = true }) : new();
        Assert.True(TryCreate(temporary.Store, type, keySize, valueSize, entries, flags, out ObjectFile? file, out StorageError? error, lockAt), error?.ToString());
        return new(temporary, file!, Map(file!, writable: true));
    }

    public static bool TryCreate(
        Store store, MapType type, uint keySize, uint valueSize, uint entries, MapFlags flags, out ObjectFile? file, out StorageError? error, int lockAt = -1)
    {
        MapObjectAttributes attributes = new() { Type = type, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries, Flags = flags, ExecutionSlots = (uint)store.ExecutionSlots, DataVersion = MapObjectAttributes.DataVersionOf(type, store.IsDurable) };
        if (lockAt >= 0)
        {
            attributes.ValueFieldCount = 1;
            attributes.ValueFields[0] = (uint)lockAt | (4ul << 32) | MapObjectAttributes.SpinLockField;
        }

        MapAttributes shape = MapShape.Of(attributes);
        Errno failure = MapGeometry.TryCompute(shape, out long length, out string? reason);
        if (failure != Errno.None)
        {
            file = null;
            error = new StorageError(failure, reason ?? "");
            return false;
        }

        ObjectDefinition definition = ObjectDefinition.ForMap(attributes) with
        {
            Name = ObjectName.From("m"),
            DataLength = length,
            InitializeData = descriptor => SharedMap.Initialize(descriptor, shape),
        };
        return store.TryCreate(definition, out file, out error);
    }

    /// <summary>Opens a pinned map.</summary>
    public static TestMap Open(Store store, string pin, ObjectAccess access = ObjectAccess.ReadWrite)
    {
        ObjectFile file = TemporaryStore.Get(store, pin, access);
        return new(null, file, Map(file, access == ObjectAccess.ReadWrite));
    }

    /// <summary>One more view: its own mapping and its own lease.</summary>
    public TestMap Again(ObjectAccess access = ObjectAccess.ReadWrite)
    {
        Assert.True(_owned!.Store.TryOpenById(File.Key, access, out ObjectFile? file, out StorageError? error), error?.ToString());
        return new(null, file, Map(file, access == ObjectAccess.ReadWrite));
    }

    public string Pin(string name)
    {
        string path = $"{_owned!.Fs}/{name}";
        Assert.Null(_owned.Store.Bpffs.Pin(File, path));
        return path;
    }

    /// <summary>Writes to the file behind the maps' backs, at an offset of the data.</summary>
    public void Poke(long offset, ReadOnlySpan<byte> bytes)
    {
        using FileStream stream = new(_owned!.PathOf(File.Key), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = ObjectHeaderLayout.DataOffset + offset;
        stream.Write(bytes);
    }

    public void Dispose()
    {
        Shared.Dispose();
        File.Dispose();
        _owned?.Dispose();
    }

    private static SharedMap Map(ObjectFile file, bool writable)
    {
        MapAttributes shape = MapShape.Of(file.Header.ReadAttributes<MapObjectAttributes>());
        Errno failure = SharedMap.TryOpen(file.Descriptor, shape, file.Header.DataOffset, file.Header.DataLength, writable, out SharedMap? map);
        Assert.Equal(Errno.None, failure);
        return map!;
    }
}
