using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Traces references, with the store's lock held so that none changes. A file has one name in the store, one per reference, and the
/// rest are pins; so an object that is unlocked and has no name beyond its references lives only if something live refers to it.
/// A reference that we can't see counts as a pin, which errs on the side of life.
/// </summary>
internal sealed class CycleCollector(Store store, CollectorStatistics statistics)
{
    private readonly Dictionary<ObjectKey, List<ObjectKey>> _targets = [];
    private readonly Dictionary<ObjectKey, int> _incoming = [];
    private readonly Dictionary<ObjectKey, FileStatus?> _statuses = [];
    private readonly Dictionary<ObjectKey, int> _condemned = [];

    /// <summary>Frees what only cycles keep; returns what lost a reference thereby.</summary>
    internal List<ObjectKey> Run()
    {
        ReadReferences();
        List<ObjectKey> released = RemoveStaleReferrers();
        HashSet<ObjectKey> live = Trace(Roots());
        List<ObjectKey> garbage = [.. _incoming.Keys.Where(key => !live.Contains(key))];
        foreach (List<ObjectKey> component in Components(garbage))
            released.AddRange(Free(component));
        return released;
    }

    /// <summary>Drops references of live objects that their content doesn't name: what a process killed between two steps left.</summary>
    internal List<ObjectKey> DropStale(ReferenceReader contents)
    {
        List<ObjectKey> released = [];
        ReadReferences();
        foreach ((ObjectKey referrer, List<ObjectKey> targets) in _targets)
        {
            IReadOnlySet<ObjectKey>? named = contents(referrer);
            if (named is null)
                continue;
            foreach (ObjectKey target in targets.Where(target => !named.Contains(target)))
            {
                if (ReferenceNames.Remove(store, referrer, target) < 0)
                    continue;
                statistics.StaleReferences++;
                released.Add(target);
            }
        }

        _targets.Clear();
        _incoming.Clear();
        return released;
    }

    private void ReadReferences()
    {
        if (DirectoryReader.TryOpen(store.Directories.References, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (!ObjectKey.TryParse(reader.Name, out ObjectKey referrer))
                    continue;
                List<ObjectKey> targets = [.. ReferenceNames.Read(store, referrer)];
                _targets[referrer] = targets;
                foreach (ObjectKey target in targets)
                    _incoming[target] = _incoming.GetValueOrDefault(target) + 1;
            }
        }
    }

    /// <summary>References whose referrer's file is gone: its creator holds the lock until the file is there, so none is being made.</summary>
    private List<ObjectKey> RemoveStaleReferrers()
    {
        List<ObjectKey> released = [];
        foreach (ObjectKey referrer in _targets.Keys.ToArray())
        {
            if (StatusOf(referrer, out bool absent) is not null || !absent)
                continue;
            Stack<ObjectKey> dropped = new();
            ReferenceNames.RemoveAll(store, referrer, dropped);
            statistics.StaleReferences += dropped.Count;
            foreach (ObjectKey target in dropped)
                _incoming[target]--;
            released.AddRange(dropped);
            _targets.Remove(referrer);
        }

        return released;
    }

    private IEnumerable<ObjectKey> Roots()
    {
        foreach (ObjectKey key in _targets.Keys.Union(_incoming.Keys))
        {
            if (IsRoot(key))
                yield return key;
        }
    }

    private bool IsRoot(ObjectKey key)
    {
        int expected = 1 + _incoming.GetValueOrDefault(key);
        if (StatusOf(key, out _) is not FileStatus status || !status.IsRegular || status.Links != (ulong)expected)
            return true;
        int probe = store.Reclaimer.OpenProbe(key);
        if (probe < 0)
            return true;

        // Damaged and newer objects were seen before; one without a header has nothing but its references, and no user.
        bool root = OfdLock.IsHeldByOthers(probe, OfdLock.LivenessByte)
            || ObjectHeaderCodec.Read(probe, out _, out _) is not (ObjectHeaderStatus.Valid or ObjectHeaderStatus.Incomplete);
        _ = Posix.Close(probe);
        return root;
    }

    private HashSet<ObjectKey> Trace(IEnumerable<ObjectKey> roots)
    {
        HashSet<ObjectKey> live = [];
        Stack<ObjectKey> open = new(roots);
        while (open.TryPop(out ObjectKey key))
        {
            if (!live.Add(key) || !_targets.TryGetValue(key, out List<ObjectKey>? targets))
                continue;
            foreach (ObjectKey target in targets)
                open.Push(target);
        }

        return live;
    }

    /// <summary>Parts of the garbage that don't refer to each other: what must be locked at once, and no more.</summary>
    private IEnumerable<List<ObjectKey>> Components(List<ObjectKey> garbage)
    {
        Dictionary<ObjectKey, List<ObjectKey>> neighbours = garbage.ToDictionary(key => key, _ => new List<ObjectKey>());
        foreach (ObjectKey key in garbage)
        {
            foreach (ObjectKey target in _targets.GetValueOrDefault(key) ?? [])
            {
                if (!neighbours.TryGetValue(target, out List<ObjectKey>? back))
                    continue;
                neighbours[key].Add(target);
                back.Add(key);
            }
        }

        HashSet<ObjectKey> seen = [];
        foreach (ObjectKey start in garbage)
        {
            List<ObjectKey> component = [];
            Stack<ObjectKey> open = new([start]);
            while (open.TryPop(out ObjectKey key))
            {
                if (!seen.Add(key))
                    continue;
                component.Add(key);
                foreach (ObjectKey neighbour in neighbours[key])
                    open.Push(neighbour);
            }

            if (component.Count > 0)
                yield return component;
        }
    }

    /// <summary>
    /// Locks all that is to go, so that nobody opens it any more; whatever can't be locked, or was pinned meanwhile, is live after all,
    /// with all it refers to.
    /// </summary>
    private List<ObjectKey> Free(List<ObjectKey> garbage)
    {
        List<ObjectKey> risen = [.. garbage.Where(key => !TryCondemn(key))];
        foreach (ObjectKey key in Trace(risen))
        {
            if (_condemned.Remove(key, out int probe))
                _ = Posix.Close(probe);
        }

        foreach (int probe in _condemned.Values)
            Reclaimer.MarkDead(probe);
        Stack<ObjectKey> released = new();
        foreach (ObjectKey key in _condemned.Keys)
            ReferenceNames.RemoveAll(store, key, released);
        Span<byte> name = stackalloc byte[16];
        foreach ((ObjectKey key, int probe) in _condemned)
        {
            _ = Posix.Unlink(store.Directories.Of(key.Kind), key.FileName(name));
            _ = Posix.Close(probe);
        }

        statistics.Freed += _condemned.Count;
        statistics.FreedInCycles += _condemned.Count;
        List<ObjectKey> outside = [.. released.Where(key => !_condemned.ContainsKey(key))];
        _condemned.Clear();
        return outside;
    }

    private bool TryCondemn(ObjectKey key)
    {
        int probe = store.Reclaimer.OpenProbe(key);
        if (probe < 0)
            return false;
        if (OfdLock.TryExclusive(probe, OfdLock.LivenessByte) == 0
            && Posix.Stat(probe, out FileStatus status) == 0
            && status.Links == (ulong)(1 + _incoming.GetValueOrDefault(key)))
        {
            _condemned[key] = probe;
            return true;
        }

        _ = Posix.Close(probe);
        return false;
    }

    /// <summary>An object's file as it was at first sight; null if it can't be seen.</summary>
    private FileStatus? StatusOf(ObjectKey key, out bool absent)
    {
        absent = false;
        if (_statuses.TryGetValue(key, out FileStatus? known))
            return known;
        int result = Posix.StatAt(store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), follow: false, out FileStatus status);
        absent = result == -(int)Errno.ENOENT;
        known = result < 0 ? null : status;
        _statuses[key] = known;
        return known;
    }
}
