using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast;

/// <summary>Watches a store's objects and the pins of all mounts, through inotify, and the contents of a store's maps, through their event counters.</summary>
public sealed class BpfWatcher : IDisposable
{
    private readonly Bpf _bpf;
    private readonly BlockingCollection<BpfEvent> _events = [];
    private readonly List<FileSystemWatcher> _watchers = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread? _looking;

    internal BpfWatcher(Bpf bpf, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _bpf = bpf;
        if (bpf.Store is not null)
            WatchObjects(Path.Combine(bpf.Store.Path, "objects"));
        foreach (BpffsMount mount in bpf.Mounts)
            WatchPins(mount.Path);
        if (bpf.Store?.WatchChanges() is not { } changes)
            return;
        _ = changes.Look();
        _looking = new Thread(() => LookForChanges(changes, interval)) { IsBackground = true, Name = "holdfast watch" };
        _looking.Start();
    }

    /// <summary>The next event.</summary>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="happened">The event.</param>
    /// <returns>Whether one came in time.</returns>
    public bool TryTake(TimeSpan timeout, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BpfEvent? happened) => _events.TryTake(out happened, timeout);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Set();
        _looking?.Join();
        _watchers.ForEach(watcher => watcher.Dispose());
        _stop.Dispose();
    }

    private void LookForChanges(ChangeWatch changes, TimeSpan interval)
    {
        TimeSpan pause = interval;
        while (!_stop.Wait(pause))
        {
            long start = Stopwatch.GetTimestamp();
            foreach (ObjectKey key in changes.Look())
                _events.Add(new BpfEvent(BpfEventType.Changed, key.Kind, key.Id, ""));
            TimeSpan idle = Stopwatch.GetElapsedTime(start) * 4;
            pause = idle > interval ? idle : interval;
        }
    }

    private void WatchObjects(string path)
    {
        FileSystemWatcher watcher = new(path) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName };
        watcher.Created += (_, change) => AddObject(BpfEventType.Created, change.Name);
        watcher.Deleted += (_, change) => AddObject(BpfEventType.Freed, change.Name);
        Start(watcher);
    }

    private void WatchPins(string path)
    {
        FileSystemWatcher watcher = new(path) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName | NotifyFilters.Attributes | NotifyFilters.Security };
        watcher.Created += (_, change) => AddPin(BpfEventType.Pinned, change.FullPath);
        watcher.Deleted += (_, change) => AddPin(BpfEventType.Unpinned, change.FullPath);
        watcher.Changed += (_, change) => AddPin(BpfEventType.Changed, change.FullPath);
        watcher.Renamed += (_, change) =>
        {
            AddPin(BpfEventType.Unpinned, change.OldFullPath);
            AddPin(BpfEventType.Pinned, change.FullPath);
        };
        Start(watcher);
    }

    private void Start(FileSystemWatcher watcher)
    {
        _watchers.Add(watcher);
        watcher.EnableRaisingEvents = true;
    }

    /// <summary><c>maps/12</c>, below the store's objects.</summary>
    private void AddObject(BpfEventType type, string? name)
    {
        string[] parts = (name ?? "").Split('/');
        ObjectKind kind = parts[0] switch { "maps" => ObjectKind.Map, "programs" => ObjectKind.Program, "links" => ObjectKind.Link, "btf" => ObjectKind.Btf, _ => ObjectKind.None };
        if (parts.Length == 2 && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
            _events.Add(new BpfEvent(type, kind, id, ""));
    }

    private void AddPin(BpfEventType type, string path)
    {
        if (Path.GetFileName(path).Contains('.', StringComparison.Ordinal) || Directory.Exists(path))
            return;
        (ObjectKind kind, uint id) = type == BpfEventType.Unpinned ? default : Identify(path);
        _events.Add(new BpfEvent(type, kind, id, path));
    }

    private (ObjectKind Kind, uint Id) Identify(string path)
    {
        try
        {
            using BpfHandle handle = _bpf.OpenPinned(path, _bpf.Store is null ? MapFlags.None : MapFlags.ReadOnly);
            return handle switch
            {
                BpfMap map => (ObjectKind.Map, map.Id),
                BpfProgram program => (ObjectKind.Program, program.Id),
                BpfLink link => (ObjectKind.Link, link.Id),
                _ => default,
            };
        }
        catch (BpfException)
        {
            return default; // Gone again, or not ours to open: that something was pinned is true all the same.
        }
    }
}
