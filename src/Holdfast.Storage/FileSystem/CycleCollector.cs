using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Traces references, with the store's lock held so that none changes. A file has one name in the store, one per reference, and the
/// rest are pins; so an object that is unlocked and has no name beyond its references lives only if something live refers to it.
/// A reference that we can't see counts as a pin, which errs on the side of life.
/// </summary>
internal sealed class CycleCollector(Store store, StoreSurvey survey, CollectorStatistics statistics)
{
    private readonly Dictionary<ObjectKey, List<ObjectKey>> _targets = [];
    private readonly Dictionary<ObjectKey, int> _incoming = new(survey.Count);
    private readonly Dictionary<ObjectKey, FileStatus?> _statuses = [];

    /// <summary>Frees what only cycles keep; returns what lost a reference thereby.</summary>
    /// <param name="contents">Reads what objects refer to; null trusts the references as they are.</param>
    internal List<ObjectKey> Run(ReferenceReader? contents)
    {
        ReadReferences();
        List<ObjectKey> released = RemoveStaleReferrers();
        DropStale(contents, released);

        // Names tell most roots; only what these don't lead to is opened and asked whether somebody holds it.
        HashSet<ObjectKey> live = new(_incoming.Count);
        Trace(All().Where(HasOtherNames), live);
        Trace([.. All().Where(key => !live.Contains(key) && IsHeld(key))], live);
        List<ObjectKey> garbage = [.. _incoming.Keys.Where(key => !live.Contains(key))];
        foreach (List<ObjectKey> component in Components(garbage))
            released.AddRange(Free(component));
        return released;
    }

    private IEnumerable<ObjectKey> All() => _targets.Keys.Concat(_incoming.Keys.Where(key => !_targets.ContainsKey(key)));

    /// <summary>
    /// Drops references that a process killed between two steps left: those that the referrer's content doesn't name, and an object's on
    /// itself, which only a replacement of a pin makes (<see cref="PinReplacer"/>), and none is under way while the store's lock is held.
    /// </summary>
    private void DropStale(ReferenceReader? contents, List<ObjectKey> released)
    {
        foreach ((ObjectKey referrer, List<ObjectKey> targets) in _targets)
        {
            IReadOnlySet<ObjectKey>? named = survey.NamedBy(referrer);
            if (named is null || targets.Exists(target => !named.Contains(target)))
                named = contents is null || referrer.Kind == ObjectKind.Program ? null : NamedBy(referrer, contents);
            statistics.StaleReferences += targets.RemoveAll(target =>
            {
                bool stale = target == referrer || named?.Contains(target) == false;
                if (!stale || ReferenceNames.Remove(store, referrer, target) < 0)
                    return false;
                NoteRemoved(target);
                released.Add(target);
                return true;
            });
        }
    }

    /// <summary>What an object's content names now, while no reference changes; null if it can't be read.</summary>
    private IReadOnlySet<ObjectKey>? NamedBy(ObjectKey referrer, ReferenceReader contents)
    {
        int descriptor = StoreSurvey.Open(store, referrer);
        if (descriptor < 0)
            return null;
        bool isValid = ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid && header!.Key == referrer;
        IReadOnlySet<ObjectKey>? named = isValid ? contents(header!, descriptor) : null;
        _ = Posix.Close(descriptor);
        return named;
    }

    private void NoteRemoved(ObjectKey target)
    {
        _incoming[target]--;
        _statuses.Remove(target);
        survey.ForgetLinks(target);
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
                List<ObjectKey> targets = ReferenceNames.Read(store, referrer);
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
            if (survey.TryGetLinks(referrer, out _) || StatusOf(referrer, out bool absent) is not null || !absent)
                continue;
            Stack<ObjectKey> dropped = new();
            ReferenceNames.RemoveAll(store, referrer, dropped);
            statistics.StaleReferences += dropped.Count;
            foreach (ObjectKey target in dropped)
                NoteRemoved(target);
            released.AddRange(dropped);
            _targets.Remove(referrer);
        }

        return released;
    }

    /// <summary>Whether an object has a name beside the store's and its references; one that can't be seen is as good as named.</summary>
    private bool HasOtherNames(ObjectKey key) => survey.TryGetLinks(key, out ulong links)
        ? links != NamesWithin(key)
        : StatusOf(key, out _) is not FileStatus status || !status.IsRegular || status.Links != NamesWithin(key);

    /// <summary>How many names an object has in the store: its own, and one for each reference.</summary>
    private ulong NamesWithin(ObjectKey key) => (ulong)(1 + _incoming.GetValueOrDefault(key));

    private bool IsHeld(ObjectKey key)
    {
        int probe = store.Reclaimer.OpenProbe(key);
        if (probe < 0)
            return true;

        // A damaged or newer object counts as held; one without a header has nothing but its references, and no user.
        bool held = OfdLock.IsHeldByOthers(probe, OfdLock.LivenessByte)
            || ObjectHeaderCodec.Read(probe, out _, out _) is not (ObjectHeaderStatus.Valid or ObjectHeaderStatus.Incomplete);
        _ = Posix.Close(probe);
        return held;
    }

    private void Trace(IEnumerable<ObjectKey> roots, HashSet<ObjectKey> live)
    {
        Stack<ObjectKey> open = new(roots);
        while (open.TryPop(out ObjectKey key))
        {
            if (!live.Add(key) || !_targets.TryGetValue(key, out List<ObjectKey>? targets))
                continue;
            foreach (ObjectKey target in targets)
                open.Push(target);
        }
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
        HashSet<ObjectKey> risen = [];
        using CondemnedFiles condemned = new(store);
        Trace([.. garbage.Where(key => !condemned.TryAdd(key, NamesWithin(key)))], risen);
        foreach (ObjectKey key in risen)
            condemned.Remove(key);
        condemned.MarkDead();
        Stack<ObjectKey> released = new();
        foreach (ObjectKey key in condemned.Keys)
            ReferenceNames.RemoveAll(store, key, released);
        List<ObjectKey> outside = [.. released.Where(key => !condemned.Contains(key))];
        statistics.Freed += condemned.Count;
        statistics.FreedInCycles += condemned.Count;
        condemned.Unlink();
        return outside;
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
