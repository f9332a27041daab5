using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast;

/// <summary>Tells objects that are made and freed: those of a store by inotify, those of the kernel by comparing their ids with those of the last look.</summary>
internal sealed class ObjectWatch : IDisposable
{
    private readonly Bpf _bpf;
    private readonly Action<BpfEvent> _tell;
    private readonly FileSystemWatcher? _watcher;
    private HashSet<ObjectKey> _known;
    private bool _isStale;

    /// <param name="bpf">The engine.</param>
    /// <param name="report">Takes what is to be done on the watcher's thread.</param>
    /// <param name="tell">Takes events.</param>
    public ObjectWatch(Bpf bpf, Action<Action> report, Action<BpfEvent> tell)
    {
        _bpf = bpf;
        _tell = tell;
        _watcher = bpf.Store is null ? null : TryBegin(Path.Combine(bpf.Store.Path, "objects"), report);
        _known = ReadAll();
    }

    /// <summary>Compares, if inotify doesn't tell, or has lost something.</summary>
    public void Look()
    {
        if (_watcher is not null && !_isStale)
            return;
        _isStale = false;
        HashSet<ObjectKey> found = ReadAll();
        foreach (ObjectKey gone in _known.Where(key => !found.Contains(key)))
            Tell(BpfEventType.Freed, gone);
        foreach (ObjectKey made in found.Where(key => !_known.Contains(key)))
            Tell(BpfEventType.Created, made);
        _known = found;
    }

    /// <inheritdoc/>
    public void Dispose() => _watcher?.Dispose();

    /// <summary>Null if the user's limit of inotify instances is reached.</summary>
    private FileSystemWatcher? TryBegin(string objects, Action<Action> report)
    {
        FileSystemWatcher watcher = new(objects) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName, InternalBufferSize = 1 << 16 };
        watcher.Created += (_, change) => report(() => Add(change.Name));
        watcher.Deleted += (_, change) => report(() => Remove(change.Name));
        watcher.Error += (_, _) => report(() => _isStale = true);
        try
        {
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (IOException)
        {
            watcher.Dispose();
            return null;
        }
    }

    private HashSet<ObjectKey> ReadAll() =>
    [
        .. _bpf.BtfIds().Select(id => new ObjectKey(ObjectKind.Btf, id)),
        .. _bpf.MapIds().Select(id => new ObjectKey(ObjectKind.Map, id)),
        .. _bpf.ProgramIds().Select(id => new ObjectKey(ObjectKind.Program, id)),
        .. _bpf.HookIds().Select(id => new ObjectKey(ObjectKind.Hook, id)),
        .. _bpf.LinkIds().Select(id => new ObjectKey(ObjectKind.Link, id)),
    ];

    private void Add(string? name)
    {
        if (TryParse(name) is { } key && _known.Add(key))
            Tell(BpfEventType.Created, key);
    }

    private void Remove(string? name)
    {
        if (TryParse(name) is { } key && _known.Remove(key))
            Tell(BpfEventType.Freed, key);
    }

    private void Tell(BpfEventType type, ObjectKey key) => _tell(new BpfEvent(type, key.Kind, key.Id, ""));

    /// <summary><c>maps/12</c>, below the store's objects.</summary>
    private static ObjectKey? TryParse(string? name)
    {
        string[] parts = (name ?? "").Split('/');
        ObjectKind kind = parts[0] switch { "maps" => ObjectKind.Map, "programs" => ObjectKind.Program, "links" => ObjectKind.Link, "btf" => ObjectKind.Btf, "hooks" => ObjectKind.Hook, _ => ObjectKind.None };
        return parts.Length == 2 && kind != ObjectKind.None && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? new(kind, id) : null;
    }
}
