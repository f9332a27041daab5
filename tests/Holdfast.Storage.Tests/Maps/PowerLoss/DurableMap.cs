using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>
/// A map of a durable store beside a model: for each key all values (null: absent) that it had since the last successful sync was begun, the
/// one of that moment first. After a power loss any of them may be there, and nothing else.
/// </summary>
internal sealed unsafe class DurableMap : IDisposable
{
    private readonly TemporaryStore _temporary;
    private readonly ObjectFile _file;
    private readonly MapAttributes _shape;
    private readonly int _lockAt;
    private readonly Dictionary<uint, List<byte[]?>> _history = [];

    public DurableMap(MapType type, uint valueSize, uint entries, MapFlags flags = MapFlags.None, string? parent = null, int lockAt = -1)
    {
        _temporary = new TemporaryStore(parent, options: new StoreOptions { SweepBudget = 0, IsDurable = true });
        Assert.True(
            TestMap.TryCreate(_temporary.Store, type, type == MapType.LpmTrie ? 8u : 4, valueSize, entries, flags, out ObjectFile? file, out StorageError? error, lockAt), error?.ToString());
        _lockAt = lockAt;
        _file = file!;
        Assert.Null(_temporary.Store.Bpffs.Pin(_file, _temporary.Fs + "/m"));
        _shape = MapShape.Of(_file.Header.ReadAttributes<MapObjectAttributes>());
        Assert.True(_shape.IsDurable);
        Shared = Open();
        Disk = new Disk(_temporary.PathOf(_file.Key));
        Disk.WriteBack();
    }

    public SharedMap Shared { get; private set; }

    public Disk Disk { get; }

    public Store Store => _temporary.Store;

    /// <summary>Whether keys come and go.</summary>
    public bool HasEntries => _shape.Type is MapType.Hash or MapType.LruHash or MapType.LpmTrie;

    private bool IsTrie => _shape.Type == MapType.LpmTrie;

    /// <summary>Whether a program was given the address of a value on several pages: then the promise is a weaker one.</summary>
    public bool HasLargeLoose { get; private set; }

    /// <summary>Whether a value's words are promised one by one only.</summary>
    public bool IsByWord => !HasEntries && ((_shape.Flags & MapFlags.Mmapable) != 0 || HasLargeLoose);

    public byte[]? Last(uint key) => HistoryOf(key)[^1];

    public bool Update(uint key, byte[] value, UpdateFlags flags = UpdateFlags.Any)
    {
        int result = Shared.Update(Key(key), value, flags);
        if (_lockAt >= 0)
            value.AsSpan(_lockAt, sizeof(uint)).Clear(); // no data, and not shown
        if (result != 0)
        {
            Assert.Equal(-(int)(IsTrie ? Errno.ENOSPC : Errno.E2BIG), result);
            Assert.Null(Last(key));
            return false;
        }

        HistoryOf(key).Add(value);
        return true;
    }

    public void Delete(uint key)
    {
        int result = Shared.Delete(Key(key));
        Assert.Equal(Last(key) is null ? -(int)Errno.ENOENT : 0, result);
        if (result == 0)
            HistoryOf(key).Add(null);
    }

    /// <summary>Stores a word as a program does, through the value's address.</summary>
    public void StoreWord(uint key, int word, byte content)
    {
        if (IsTrie && Last(key) is null)
            return; // a shorter prefix may be found
        byte* value;
        fixed (byte* bytes = Key(key))
        {
            // Safe: the address is used before anything else happens to the map, and inside the value.
            value = Shared.LookupPointer(bytes);
        }

        Assert.Equal(Last(key) is null, value == null);
        if (value == null)
            return;
        byte[] after = [.. Last(key)!];
        int from = word * 8 % after.Length & ~7, length = Math.Min(8, after.Length - from);
        if (from == (_lockAt & ~7))
            return;
        HasLargeLoose |= _shape.ValueSize > 4000;
        after.AsSpan(from, length).Fill(content);
        after.AsSpan(from, length).CopyTo(new Span<byte>(value + from, length));
        HistoryOf(key).Add(after);
    }

    /// <summary>Leaves a value's lock with somebody, as a program does that runs when the power goes.</summary>
    public void Hold(uint key, uint owner)
    {
        if (LockOf(key) is var place && place != null)
            *place = owner;
    }

    /// <summary>Nobody holds the lock of any value.</summary>
    public void CheckUnlocked(uint keys)
    {
        for (uint key = 0; key < keys; key++)
        {
            if (LockOf(key) is var place && place != null)
                Assert.Equal(0u, *place);
        }
    }

    /// <summary>A sync, or the part of one up to a death: 0 the blocks, 1 those on the device and the header written, 2 the whole.</summary>
    public void Sync(int steps = 2)
    {
        if (Shared.NeedsSnapshot && Shared.HasChangedSinceSnapshot())
        {
            Posix.Interceptor = WriteBackAtSync;
            Errno failure = Shared.TakeSnapshot(out UnsealedSnapshot snapshot);
            Posix.Interceptor = null;
            Assert.Equal(Errno.None, failure);
            Disk.Look();
            if (steps == 0)
                return;
            Disk.WriteBack();
            Assert.Equal(Errno.None, snapshot.Seal(_file.Descriptor));
            Disk.Look();
            if (steps == 1)
                return;
            Disk.WriteBack();
            Assert.Equal(Errno.None, snapshot.Retire(_file.Descriptor));
        }

        Disk.WriteBack();
        Promise();
    }

    /// <summary>The sync of the product, all of it.</summary>
    public void SyncStore()
    {
        Assert.Null(Store.Sync());
        Disk.WriteBack();
        Promise();
    }

    /// <summary>Restarts the machine with what the device may hold, and opens the map.</summary>
    public void Restart(byte[] image, Action<string>? during = null)
    {
        Shared.Dispose();
        Guid.NewGuid().TryWriteBytes(image.AsSpan(ObjectHeaderLayout.BootIdOffset));
        Disk.Replace(image);
        Posix.Interceptor = during;
        try
        {
            Shared = Open();
        }
        finally
        {
            Posix.Interceptor = null;
        }
    }

    /// <summary>Every key is in one of its states, none twice, none unknown, and the count right. The model goes on from there.</summary>
    public void Check(uint keys)
    {
        Func<uint, byte[]?> read = Reader();
        for (uint key = 0; key < keys; key++)
        {
            byte[]? found = read(key);
            Assert.True(IsPossible(key, found), $"key {key}: {Show(found)} is none of {string.Join(", ", HistoryOf(key).Select(Show))}");
            HistoryOf(key).Add(found);
        }

        if (!HasEntries)
            return;
        List<string> there = [];
        byte[] next = new byte[_shape.KeySize];
        for (byte[] at = []; Shared.NextKey(at, next) == 0 && there.Count <= _shape.MaxEntries; at = [.. next])
            there.Add(Convert.ToHexString(next));
        Assert.Equal(there.Count, there.Distinct().Count());
        Assert.Equal(there.Order(), Enumerable.Range(0, (int)keys).Select(key => (uint)key).Where(key => Last(key) is not null).Select(key => Convert.ToHexString(Key(key))).Order());
        Assert.Equal((uint)there.Count, Count);
        Assert.InRange((uint)there.Count, 0u, _shape.MaxEntries);
    }

    /// <summary>The map holds as many entries as it may, and no more.</summary>
    public void CheckRoom(uint keys)
    {
        if (!HasEntries)
            return;
        byte[] value = new byte[_shape.ValueSize];
        uint key = 0;
        for (uint count = Count; count < _shape.MaxEntries; key++)
        {
            count += Last(key) is null ? 1u : 0;
            Assert.True(Update(key, value));
        }

        if (_shape.Type == MapType.LruHash)
            return; // it is never full
        while (Last(key) is not null)
            key++;
        Assert.False(Update(key, value));
        Check(Math.Max(keys, key + 1));
    }

    /// <summary>Nothing is lost: each key is as it was last.</summary>
    public void CheckComplete(uint keys)
    {
        Func<uint, byte[]?> read = Reader();
        for (uint key = 0; key < keys; key++)
            Assert.Equal(Show(Last(key)), Show(read(key)));
    }

    public void Dispose()
    {
        Shared.Dispose();
        _file.Dispose();
        _temporary.Dispose();
    }

    private uint* LockOf(uint key)
    {
        // Safe: the address is used before anything else happens to the map.
        fixed (byte* bytes = Key(key))
            return Shared.LookupPointer(bytes) is var value && value == null ? null : (uint*)(value + _lockAt);
    }

    private uint Count => IsTrie ? ((LpmTrie)Shared).Count : ((HashMap)Shared).Count;

    /// <summary>Reads keys. A lookup in a trie may find a shorter prefix, so its entries are read.</summary>
    private Func<uint, byte[]?> Reader()
    {
        if (IsTrie)
        {
            Dictionary<string, byte[]> entries = [];
            Assert.Equal(Errno.None, Shared.ReadEntries((key, value) =>
            {
                entries.Add(Convert.ToHexString(key), value.ToArray());
                return Errno.None;
            }));
            return key => entries.GetValueOrDefault(Convert.ToHexString(Key(key)));
        }

        return key =>
        {
            byte[] value = new byte[_shape.ValueSize];
            return Shared.Lookup(Key(key), value) == 0 ? value : null;
        };
    }

    /// <summary>A key by its number; of a trie, prefixes side by side and inside of one another.</summary>
    private byte[] Key(uint key)
    {
        if (!IsTrie)
            return SelfVerifying.Key(key);
        uint number = key / 4;
        (uint length, byte[] data) = (key % 4) switch
        {
            0 => (32u, new byte[] { 10, 0, 0, (byte)number }),
            1 => (24u, [10, 0, (byte)number, 0]),
            2 => (16u, [10, (byte)number, 0, 0]),
            _ => (number, [0, 0, 0, 0]),
        };
        return [.. BitConverter.GetBytes(length), .. data];
    }

    private void WriteBackAtSync(string call)
    {
        if (call is "fsync" or "syncfs")
            Disk.WriteBack();
    }

    private void Promise()
    {
        foreach (List<byte[]?> states in _history.Values)
            states.RemoveRange(0, states.Count - 1);
    }

    private List<byte[]?> HistoryOf(uint key)
    {
        if (!_history.TryGetValue(key, out List<byte[]?>? states))
            _history.Add(key, states = [HasEntries ? null : new byte[_shape.ValueSize]]);
        return states;
    }

    private bool IsPossible(uint key, byte[]? found)
    {
        List<byte[]?> states = HistoryOf(key);
        if (found is null || !IsByWord)
            return states.Any(state => state is null ? found is null : found is not null && state.AsSpan().SequenceEqual(found));
        for (int at = 0; at < found.Length; at += 8)
        {
            int length = Math.Min(8, found.Length - at);
            if (!states.Any(state => state.AsSpan(at, length).SequenceEqual(found.AsSpan(at, length))))
                return false;
        }

        return true;
    }

    private SharedMap Open()
    {
        Errno failure = SharedMap.TryOpen(_file.Descriptor, _shape, _file.Header.DataOffset, _file.Header.DataLength, writable: true, out SharedMap? map);
        Assert.Equal(Errno.None, failure);
        return map!;
    }

    private static string Show(byte[]? value) => value is null ? "nothing"
        : $"{Convert.ToHexString(value.AsSpan(0, Math.Min(8, value.Length)))}…{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(value).AsSpan(0, 4))}";
}
