using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast;

/// <summary>
/// Tells the pins that come and go in one mount. Inotify tells names one by one and in order, but not those that a directory had before it was watched, and
/// under the old path those of one that was moved: after each change of directories, and when events were lost, all names are compared with those known.
/// </summary>
internal sealed class PinWatch : IDisposable
{
    private const int MaximumDepth = 64;

    private readonly Bpf _bpf;
    private readonly string _root;
    private readonly Action<Action> _report;
    private readonly Action<BpfEvent> _tell;
    private readonly List<FileSystemWatcher> _watchers = [];
    private Dictionary<string, ObjectKey> _known = [];
    private bool _isStale;
    private bool _isOver;

    /// <param name="bpf">The engine.</param>
    /// <param name="root">Where it is mounted.</param>
    /// <param name="report">Takes what is to be done on the watcher's thread.</param>
    /// <param name="tell">Takes events.</param>
    /// <param name="areNew">Whether the pins that are there have come since the watch began.</param>
    public PinWatch(Bpf bpf, string root, Action<Action> report, Action<BpfEvent> tell, bool areNew)
    {
        _bpf = bpf;
        _root = root;
        _report = report;
        _tell = tell;
        Begin();
        if (areNew)
            Compare();
        else
            Walk(root, 0, _known);
    }

    /// <summary>Compares, if directories have changed since the last look.</summary>
    public void Look()
    {
        if (!_isStale)
            return;
        _isStale = false;
        FileSystemWatcher[] old = [.. _watchers];
        _watchers.Clear();
        Begin();
        foreach (FileSystemWatcher watcher in old)
            watcher.Dispose();
        Compare();
    }

    /// <summary>Tells that all pins are gone, with their mount.</summary>
    public void Leave()
    {
        _isOver = true;
        foreach ((string path, ObjectKey key) in _known)
            Tell(BpfEventType.Unpinned, key, path);
        _known = [];
    }

    /// <inheritdoc/>
    public void Dispose() => _watchers.ForEach(watcher => watcher.Dispose());

    /// <summary>Names and directories apart: what is gone when its event is looked at doesn't tell which of the two it was.</summary>
    private void Begin()
    {
        try
        {
            FileSystemWatcher pins = Watch(NotifyFilters.FileName | NotifyFilters.Attributes | NotifyFilters.Security);
            pins.Created += (_, change) => Report(() => Add(change.FullPath));
            pins.Deleted += (_, change) => Report(() => Remove(change.FullPath));
            pins.Changed += (_, change) => Report(() => Change(change.FullPath));
            pins.Renamed += (_, change) => Report(() =>
            {
                Remove(change.OldFullPath);
                Add(change.FullPath);
            });
            FileSystemWatcher directories = Watch(NotifyFilters.DirectoryName);
            directories.Created += (_, _) => Report(() => _isStale = true);
            directories.Deleted += (_, _) => Report(() => _isStale = true);
            directories.Renamed += (_, _) => Report(() => _isStale = true);
            _watchers.ForEach(watcher => watcher.EnableRaisingEvents = true);
        }
        catch (Exception failure) when (failure is ArgumentException or IOException)
        {
            // Unmounted meanwhile, or the user's limit of inotify instances: then all is compared at each look.
            _isStale = true;
        }
    }

    private FileSystemWatcher Watch(NotifyFilters what)
    {
        FileSystemWatcher watcher = new(_root) { IncludeSubdirectories = true, InternalBufferSize = 1 << 16, NotifyFilter = what };
        _watchers.Add(watcher);

        // Events were lost, or a directory can't be watched: the user's limit of watches, or no permission.
        watcher.Error += (_, _) => Report(() => _isStale = true);
        return watcher;
    }

    private void Report(Action work) => _report(() =>
    {
        if (!_isOver)
            work();
    });

    private void Compare()
    {
        Dictionary<string, ObjectKey> found = [];
        Walk(_root, 0, found);
        foreach ((string path, ObjectKey key) in _known)
        {
            if (!found.TryGetValue(path, out ObjectKey now) || now != key)
                Tell(BpfEventType.Unpinned, key, path);
        }

        foreach ((string path, ObjectKey key) in found)
        {
            if (!_known.TryGetValue(path, out ObjectKey before) || before != key)
                Tell(BpfEventType.Pinned, key, path);
        }

        _known = found;
    }

    private void Walk(string path, int depth, Dictionary<string, ObjectKey> found)
    {
        try
        {
            foreach (PinEntry entry in _bpf.List(path))
            {
                string below = Path.Combine(path, entry.Name);
                if (entry.Type == PinnedNameType.Directory && depth < MaximumDepth)
                    Walk(below, depth + 1, found);
                else if (entry.Type is not (PinnedNameType.Directory or PinnedNameType.SymbolicLink) && !IsReserved(entry.Name))
                    found[below] = new ObjectKey(entry.Kind, entry.Id);
            }
        }
        catch (BpfException failure) when (failure.Errno is Errno.ENOENT or Errno.EACCES or Errno.EPERM or Errno.EINVAL)
        {
            // A directory, or the mount, that went meanwhile, or is closed to this user.
        }
    }

    private void Add(string path)
    {
        FileInfo file = new(path);
        if (IsReserved(file.Name) || file.LinkTarget is not null)
            return;
        ObjectKey key = Identify(path);
        if (_known.TryGetValue(path, out ObjectKey before))
        {
            if (before == key || key.Kind == ObjectKind.None)
                return;
            Tell(BpfEventType.Unpinned, before, path);
        }

        _known[path] = key;
        Tell(BpfEventType.Pinned, key, path);
    }

    private void Remove(string path)
    {
        if (_known.Remove(path, out ObjectKey key))
            Tell(BpfEventType.Unpinned, key, path);
    }

    private void Change(string path)
    {
        if (_known.TryGetValue(path, out ObjectKey key))
            Tell(BpfEventType.Changed, key, path);
    }

    private void Tell(BpfEventType type, ObjectKey key, string path) => _tell(new BpfEvent(type, key.Kind, key.Id, path));

    private static bool IsReserved(string name) => name.Contains('.', StringComparison.Ordinal);

    private ObjectKey Identify(string path)
    {
        try
        {
            using BpfHandle handle = _bpf.OpenPinned(path, _bpf.Store is null ? MapFlags.None : MapFlags.ReadOnly);
            return handle switch
            {
                BpfMap map => new(ObjectKind.Map, map.Id),
                BpfProgram program => new(ObjectKind.Program, program.Id),
                BpfLink link => new(ObjectKind.Link, link.Id),
                Hook hook => new(ObjectKind.Hook, hook.Id),
                _ => default,
            };
        }
        catch (BpfException)
        {
            return default; // Gone again, or not ours to open: that something was pinned is true all the same.
        }
    }
}
