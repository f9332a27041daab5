using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.Checking;

/// <summary>A pinned map that nobody has open, full of entries that can be told apart.</summary>
internal sealed unsafe class DamagedMap : IDisposable
{
    private readonly TemporaryStore _temporary;
    private readonly string _pin;
    private readonly string _path;
    private readonly List<string>? _records;
    private bool _isRead;

    public DamagedMap(MapType type, uint valueSize, uint entries, bool durable)
    {
        _temporary = new TemporaryStore(options: new StoreOptions { SweepBudget = 0, IsDurable = durable });
        _pin = _temporary.Fs + "/m";
        (uint key, uint value, uint most) = type switch
        {
            MapType.Queue or MapType.Stack or MapType.BloomFilter => (0u, valueSize, entries),
            MapType.RingBuf or MapType.UserRingBuf => (0u, 0u, 4096u),
            MapType.PerfEventArray => (4u, 4u, 2u),
            MapType.LpmTrie => (8u, valueSize, entries),
            MapType.StackTrace => (4u, valueSize, entries * 16), // few stacks want one id
            _ => (4u, valueSize, entries),
        };
        MapFlags flags = type == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None;
        Assert.True(TestMap.TryCreate(_temporary.Store, type, key, value, most, flags, out ObjectFile? file, out StorageError? error), error?.ToString());
        Assert.Null(_temporary.Store.Bpffs.Pin(file!, _pin));
        Shape = MapShape.Of(file!.Header.ReadAttributes<MapObjectAttributes>());
        _path = _temporary.PathOf(file.Key);
        file.Dispose();
        With(map =>
        {
            for (uint number = 0; number < entries && type is not (MapType.UserRingBuf or MapType.PerfEventArray); number++)
                Assert.Equal(0, Put(map, number, valueSize));
        });
        _records = type is not MapType.RingBuf ? null : [.. Enumerable.Range(0, (int)entries).Select(number => Convert.ToHexString(SelfVerifying.Value((int)valueSize, (uint)number, 1)))];
    }

    public static IStoredContents NoContents { get; } = new Nothing();

    public Store Store => _temporary.Store;

    public MapAttributes Shape { get; }

    public void Poke(long offset, ReadOnlySpan<byte> bytes)
    {
        using FileStream stream = new(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Position = ObjectHeaderLayout.DataOffset + offset;
        stream.Write(bytes);
    }

    /// <summary>What is in the map; of a ring, once: it is read.</summary>
    public List<string> Contents()
    {
        if (_records is not null && !_isRead)
        {
            _isRead = true;
            return _records;
        }

        List<string> found = [];
        With(map =>
        {
            if (map is RingBufferMap ring)
                ReadRing(ring, found);
            else if (Shape.Type == MapType.BloomFilter)
                found.AddRange(Enumerable.Range(0, (int)Shape.MaxEntries).Where(number => map.Lookup([], SelfVerifying.Value((int)Shape.ValueSize, (uint)number, 1)) == 0).Select(number => $"{number}"));
            else if (Shape.Type is not (MapType.UserRingBuf or MapType.PerfEventArray))
                Assert.Equal(Errno.None, map.ReadEntries((key, value) => Note(found, key, value)));
        });
        return found;
    }

    /// <summary>The map works: something goes in.</summary>
    public void Use() => With(map =>
    {
        if (Shape.Type is MapType.Queue or MapType.Stack)
            Assert.Equal(0, map.Update([], new byte[Shape.ValueSize], UpdateFlags.Exist));
        else if (Shape.Type is not (MapType.UserRingBuf or MapType.PerfEventArray))
            Assert.Equal(0, Put(map, 1, 16));
    });

    public void Dispose() => _temporary.Dispose();

    private static int Put(SharedMap map, uint number, uint valueSize)
    {
        byte[] value = SelfVerifying.Value((int)valueSize, number, 1);
        if (map is RingBufferMap ring)
        {
            fixed (byte* bytes = value)
                return ring.Output(bytes, (ulong)value.Length, 0);
        }

        if (map is StackTraceMap stacks)
            return Math.Min(0, stacks.Add([number + 1, number + 2], comparesHashes: false, replaces: true));
        byte[] key = map.Attributes.KeySize switch
        {
            0 => [],
            8 => [.. BitConverter.GetBytes(number % 3 == 0 ? 16 : 32), 10, (byte)number, 0, (byte)(number % 3)],
            _ => SelfVerifying.Key(number),
        };
        byte[] all = new byte[map.ValueBufferSize];
        value.CopyTo(all, 0);
        return map.Update(key, all, UpdateFlags.Any);
    }

    private static Errno Note(List<string> found, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        found.Add(Convert.ToHexString(key) + "=" + Convert.ToHexString(value));
        return Errno.None;
    }

    private static void ReadRing(RingBufferMap ring, List<string> found)
    {
        Assert.Equal(Errno.None, ring.TryRead(() => { }, out IRecordSource? reader));
        using (reader)
        {
            while (reader!.TryRead(out SourceRecord record))
                found.Add(Convert.ToHexString(record.Data));
        }
    }

    private void With(Action<SharedMap> action)
    {
        using TestMap map = TestMap.Open(_temporary.Store, _pin);
        action(map.Shared);
    }

    private sealed class Nothing : IStoredContents
    {
        public IReadOnlySet<ObjectKey>? Targets(ObjectHeader header, int descriptor) => null;

        public string? Flaw(ObjectHeader header, ObjectSectionKind kind, byte[] bytes) => null;
    }
}
