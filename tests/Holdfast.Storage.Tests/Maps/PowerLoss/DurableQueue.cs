using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps.PowerLoss;

/// <summary>
/// A queue or stack of a durable store beside a model: all contents that it had since the last successful sync was begun. After a power loss one of
/// them is there.
/// </summary>
internal sealed class DurableQueue : IDisposable
{
    private readonly TestMap _map;
    private readonly List<byte[][]> _history = [[]];

    public DurableQueue(MapType type, uint valueSize, uint entries)
    {
        _map = TestMap.Create(type, 0, valueSize, entries, durable: true);
        Shared = Open();
        Disk = new Disk(_map.Temporary.PathOf(_map.File.Key));
        Disk.WriteBack();
    }

    public SharedMap Shared { get; private set; }

    public Disk Disk { get; }

    private bool IsStack => Shared.Attributes.Type == MapType.Stack;

    public void Push(byte[] value, bool pushesOut)
    {
        byte[][] before = _history[^1];
        bool full = before.Length == Shared.Attributes.MaxEntries;
        int result = Shared.Update([], value, pushesOut ? UpdateFlags.Exist : UpdateFlags.Any);
        Assert.Equal(full && !pushesOut ? -(int)Errno.E2BIG : 0, result);
        if (result == 0)
            _history.Add([.. full ? before[1..] : before, value]);
    }

    public void Pop()
    {
        byte[][] before = _history[^1];
        byte[] value = new byte[Shared.Attributes.ValueSize];
        int result = Shared.LookupAndDelete([], value);
        Assert.Equal(before.Length == 0 ? -(int)Errno.ENOENT : 0, result);
        if (result == 0)
            _history.Add(IsStack ? before[..^1] : before[1..]);
    }

    /// <summary>A sync, or the part of one up to a death: 0 the blocks, 1 those on the device and the header written, 2 the whole.</summary>
    public void Sync(int steps)
    {
        if (!Shared.HasChangedSinceSnapshot())
        {
            Disk.WriteBack();
            _history.RemoveRange(0, _history.Count - 1);
            return;
        }

        Posix.Interceptor = call =>
        {
            if (call is "fsync" or "syncfs")
                Disk.WriteBack();
        };
        Errno failure = Shared.TakeSnapshot(out UnsealedSnapshot snapshot);
        Posix.Interceptor = null;
        Assert.Equal(Errno.None, failure);
        Disk.Look();
        if (steps == 0)
            return;
        Disk.WriteBack();
        Assert.Equal(Errno.None, snapshot.Seal(_map.File.Descriptor));
        Disk.Look();
        if (steps == 1)
            return;
        Disk.WriteBack();
        Assert.Equal(Errno.None, snapshot.Retire(_map.File.Descriptor));
        Disk.WriteBack();
        _history.RemoveRange(0, _history.Count - 1);
    }

    public void Restart(byte[] image, Action? during = null)
    {
        Shared.Dispose();
        Guid.NewGuid().TryWriteBytes(image.AsSpan(ObjectHeaderLayout.BootIdOffset));
        Disk.Replace(image);
        Posix.Interceptor = during is null ? null : _ => during();
        try
        {
            Shared = Open();
        }
        finally
        {
            Posix.Interceptor = null;
        }
    }

    /// <summary>The contents are some that it had. The model goes on from there.</summary>
    public void Check()
    {
        string found = Show(Read());
        int at = _history.FindLastIndex(state => Show(state) == found);
        Assert.True(at >= 0, $"{found} is none of {string.Join("; ", _history.Select(Show))}");
        _history.Add(_history[at]);
    }

    /// <summary>Nothing is lost.</summary>
    public void CheckComplete() => Assert.Equal(Show(_history[^1]), Show(Read()));

    /// <summary>All of its room can be used.</summary>
    public void CheckRoom()
    {
        for (int count = Read().Length; count < Shared.Attributes.MaxEntries; count++)
            Push(new byte[Shared.Attributes.ValueSize], pushesOut: false);
        Push(new byte[Shared.Attributes.ValueSize], pushesOut: false);
        CheckComplete();
    }

    public void Dispose()
    {
        Shared.Dispose();
        _map.Dispose();
    }

    private byte[][] Read()
    {
        List<byte[]> found = [];
        Assert.Equal(Errno.None, Shared.ReadEntries((_, value) =>
        {
            found.Add(value.ToArray());
            return Errno.None;
        }));
        return [.. found];
    }

    private SharedMap Open()
    {
        Errno failure = SharedMap.TryOpen(_map.File.Descriptor, _map.Shared.Attributes, _map.File.Header.DataOffset, _map.File.Header.DataLength, writable: true, out SharedMap? map);
        Assert.Equal(Errno.None, failure);
        return map!;
    }

    private static string Show(byte[][] contents) =>
        $"[{string.Join(' ', contents.Select(value => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(value).AsSpan(0, 4))))}]";
}
