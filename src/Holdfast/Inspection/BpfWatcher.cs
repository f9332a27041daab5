using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast;

/// <summary>
/// Watches an engine's objects, and the mounts and their pins. Pins and a store's objects are told by inotify, in order; the kernel's objects, mounts, and
/// contents of a store's maps are looked at in an interval, so that what comes and goes within one is not told.
/// </summary>
public sealed class BpfWatcher : IDisposable
{
    private readonly Bpf _bpf;
    private readonly TimeSpan _interval;
    private readonly BlockingCollection<BpfEvent> _events = [];
    private readonly BlockingCollection<Action> _reports = [];
    private readonly Dictionary<string, PinWatch> _mounts = [];
    private readonly ObjectWatch _objects;
    private readonly ChangeWatch? _changes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;

    internal BpfWatcher(Bpf bpf, TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _bpf = bpf;
        _interval = interval;
        _objects = new ObjectWatch(bpf, _reports.Add, _events.Add);
        _changes = bpf.Store?.WatchChanges();
        try
        {
            foreach (BpffsMount mount in bpf.Mounts)
                _mounts[mount.Path] = new PinWatch(bpf, mount.Path, _reports.Add, _events.Add, areNew: false);
        }
        catch
        {
            DisposeWatches();
            throw;
        }

        _ = _changes?.Look();
        _thread = new Thread(Run) { IsBackground = true, Name = "holdfast watch" };
        _thread.Start();
    }

    /// <summary>The next event.</summary>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="happened">The event.</param>
    /// <returns>Whether one came in time.</returns>
    public bool TryTake(TimeSpan timeout, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BpfEvent? happened) => _events.TryTake(out happened, timeout);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        DisposeWatches();
        _stop.Dispose();
    }

    /// <summary>All reports are worked on here, so that what is known has one thread that changes it.</summary>
    private void Run()
    {
        TimeSpan pause = _interval;
        long last = Stopwatch.GetTimestamp();
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan left = pause - Stopwatch.GetElapsedTime(last);
            if (left > TimeSpan.Zero)
            {
                if (Take(left) is { } report)
                    report();
                continue;
            }

            long start = Stopwatch.GetTimestamp();
            Look();
            TimeSpan idle = Stopwatch.GetElapsedTime(start) * 4;
            pause = idle > _interval ? idle : _interval;
            last = Stopwatch.GetTimestamp();
        }
    }

    private Action? Take(TimeSpan most)
    {
        try
        {
            return _reports.TryTake(out Action? report, (int)Math.Ceiling(most.TotalMilliseconds), _stop.Token) ? report : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void Look()
    {
        _objects.Look();
        LookAtMounts();
        foreach (ObjectKey key in _changes?.Look() ?? [])
            _events.Add(new BpfEvent(BpfEventType.Changed, key.Kind, key.Id, ""));
    }

    private void LookAtMounts()
    {
        HashSet<string> found = [.. _bpf.Mounts.Select(mount => mount.Path)];
        foreach (string gone in _mounts.Keys.Where(path => !found.Contains(path)).ToArray())
        {
            _mounts[gone].Leave();
            _mounts[gone].Dispose();
            _ = _mounts.Remove(gone);
            _events.Add(new BpfEvent(BpfEventType.Unmounted, ObjectKind.None, 0, gone));
        }

        foreach (PinWatch mount in _mounts.Values)
            mount.Look();
        foreach (string path in found.Where(path => !_mounts.ContainsKey(path)))
        {
            _events.Add(new BpfEvent(BpfEventType.Mounted, ObjectKind.None, 0, path));
            _mounts[path] = new PinWatch(_bpf, path, _reports.Add, _events.Add, areNew: true);
        }
    }

    private void DisposeWatches()
    {
        _objects.Dispose();
        foreach (PinWatch mount in _mounts.Values)
            mount.Dispose();
    }
}
