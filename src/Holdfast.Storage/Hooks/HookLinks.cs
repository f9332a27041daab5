using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Hooks;

/// <summary>
/// Links on hooks. The hook's list says what is attached and which program runs; the link's words say which references count, so that a
/// collector needs no list. A link refers to its program; neither hook nor link refers to the other, so a link whose last descriptor and
/// last name are gone goes, and leaves the list, and a hook that goes leaves its links attached to nothing.
/// </summary>
public static class HookLinks
{
    /// <summary>Puts a link that was just made into a hook's list. A death before it leaves an unattached link, which goes as any orphan.</summary>
    /// <param name="store">The store of both.</param>
    /// <param name="hook">The hook, open.</param>
    /// <param name="link">The link, open, with its program as reference.</param>
    /// <param name="program">The program's id.</param>
    /// <param name="place">Says where.</param>
    /// <returns>Null, or why not; then the list is as it was.</returns>
    public static StorageError? Attach(Store store, ObjectFile hook, ObjectFile link, uint program, HookPlacement place)
    {
        ArgumentNullException.ThrowIfNull(hook);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(place);
        if (Begin(store, hook, out HookChange? change) is { } error)
            return error;
        using (change)
        {
            Errno failure = place(change!.Slots, change.Revision, out int index);
            if (failure == Errno.None && change.Slots.Count >= HookLayout.MostSlots)
                failure = Errno.ERANGE;
            if (failure != Errno.None)
                return StorageErrors.Of(failure, Explain(failure, hook, change.Revision));
            change.Slots.Insert(index, new HookSlot(link.Key.Id, program));
            change.Publish();
            return null;
        }
    }

    /// <summary>
    /// Puts another program into an attached link, by one store into the hook's list: a host runs the one or the other. Order, and why a death is
    /// harmless after each step: (1) the reference to the new program: one too many, which no word names; (2) the link's second word names it;
    /// (3) the list, the turning point: both programs are named, so both are kept, until the next update or the link's end; (4) the link's
    /// words; (5) the reference to the old program goes.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="link">The link, open.</param>
    /// <param name="program">The program, open.</param>
    /// <param name="expected">Id of the program that must be there now; null for any.</param>
    /// <returns>Null, or <c>ENOLINK</c>: not attached, <c>EPERM</c>: another program is there, <c>EEXIST</c>: the program is in the list already, <c>EINVAL</c>: it doesn't fit.</returns>
    public static StorageError? Update(Store store, ObjectFile link, ObjectFile program, uint? expected)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(program);
        if (!program.IsOf(store))
            return ReferenceChange.ForeignTarget(store, program.Key);
        if (!TryOpenHook(store, link, out ObjectFile? hook))
            return Detached(link);
        using (hook)
        {
            if (!store.TryBeginReferenceChange(link.Key, out ReferenceChange? change, out StorageError? error))
                return error;
            using (change)
                return Update(store, hook!, link, program, expected, change);
        }
    }

    /// <summary>Takes an attached link out of its hook's list. What is not attached is as good.</summary>
    /// <param name="store">The store.</param>
    /// <param name="link">The link, open.</param>
    /// <returns>Null, or why not.</returns>
    public static StorageError? Detach(Store store, ObjectFile link)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(link);
        if (!TryOpenHook(store, link, out ObjectFile? hook))
            return null;
        using (hook)
        {
            if (Begin(store, hook!, out HookChange? change) is { } error)
                return error;
            using (change)
            {
                int index = change!.IndexOf(link.Key.Id);
                if (index < 0)
                    return null;

                // An update that was killed behind its turning point: from here on the link's own word is all that tells its program.
                if (WriteWord(link, LinkObjectAttributes.ProgramWord, change.Slots[index].Program) is var failure and not Errno.None)
                    return StorageErrors.Call(-(int)failure, $"write link {link.Key.Id}");
                change.Slots.RemoveAt(index);
                change.Publish();
                return null;
            }
        }
    }

    /// <summary>Which program a link holds, and whether it is attached.</summary>
    /// <param name="store">The store.</param>
    /// <param name="link">The link, open.</param>
    /// <param name="program">The program's id.</param>
    /// <returns>Whether the link is in its hook's list.</returns>
    public static bool TryFind(Store store, ObjectFile link, out uint program)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(link);
        _ = link.TryRefresh(out ObjectHeader header);
        program = (uint)header.KindWord(LinkObjectAttributes.ProgramWord);
        if (!TryOpenHook(store, link, out ObjectFile? hook))
            return false;
        using (hook)
        {
            foreach (HookSlot slot in Read(hook!, out _))
            {
                if (slot.Link == link.Key.Id)
                {
                    program = slot.Program;
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A hook's list, read without mapping it.</summary>
    /// <param name="hook">The hook, open.</param>
    /// <param name="revision">The revision that it is of.</param>
    /// <returns>The list; empty if it can't be read.</returns>
    public static IReadOnlyList<HookSlot> Read(ObjectFile hook, out ulong revision)
    {
        ArgumentNullException.ThrowIfNull(hook);
        HookSlot[] slots = new HookSlot[HookLayout.MostSlots];
        return HookList.TryRead(hook.Descriptor, slots, out int count, out revision) ? slots[..count] : [];
    }

    /// <summary>
    /// Frees the links of a hook that a plain <c>rm</c> or a kill has orphaned, which takes them out of the list: a look at each link's file, for
    /// hosts to do now and then. Does nothing where this process may not free.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="hook">The hook, open.</param>
    public static void Sweep(Store store, ObjectFile hook)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(hook);
        if (store.Reclaimer.WhyNot is not null)
            return;
        Stack<ObjectKey> released = new();
        bool isAnyGone = false;
        foreach (HookSlot slot in Read(hook, out _))
            isAnyGone |= store.Reclaimer.Examine(new ObjectKey(ObjectKind.Link, slot.Link), released) == Reclaimer.Outcome.Absent;
        store.Reclaimer.ExamineAll(released);
        if (isAnyGone && hook.TryReopen(writable: true, out int descriptor) == Errno.None)
            Purge(store, descriptor, link: 0);
    }

    /// <summary>
    /// Takes a link that is being freed out of its hook's list, before its program loses the reference. If that can't be done now, or the process
    /// dies first, the link's id stays in the list: it has no reference, so hosts' sweeps and the next change of the list drop it.
    /// </summary>
    internal static void Forget(Store store, ObjectKey link, int descriptor)
    {
        if (ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) != ObjectHeaderStatus.Valid || HookOf(header!) is not { } key)
            return;
        if (OpenProbe(store, key) is var probe and >= 0)
            Purge(store, probe, link.Id);
    }

    /// <summary>A hook's file without a reference on the hook; −1 for what may not be changed.</summary>
    private static int OpenProbe(Store store, ObjectKey key)
    {
        int probe = store.Reclaimer.OpenProbe(key);
        if (probe < 0)
            return -1;
        if (ObjectHeaderCodec.Read(probe, out ObjectHeader? hook, out _) == ObjectHeaderStatus.Valid && hook!.Key == key && !hook.Features.HasUnknownReadOnlyCompat)
            return probe;
        _ = Posix.Close(probe);
        return -1;
    }

    /// <summary>Drops from all hooks what lost its link: in a backup links that were not copied, after a loss of power those that were not on the device. To be done before ids are given out.</summary>
    internal static void PurgeAll(Store store)
    {
        foreach (uint id in store.Ids(ObjectKind.Hook))
        {
            if (OpenProbe(store, new ObjectKey(ObjectKind.Hook, id)) is var probe and >= 0)
                Purge(store, probe, link: 0);
        }
    }

    /// <summary>Drops a link, and those that are gone.</summary>
    private static void Purge(Store store, int descriptor, uint link)
    {
        if (HookChange.TryBegin(store, descriptor, waits: false, out HookChange? change) != Errno.None)
            return;
        using (change)
        {
            _ = change!.Slots.RemoveAll(slot => slot.Link == link);
            change.PublishIfShorter();
        }
    }

    private static StorageError? Update(Store store, ObjectFile hook, ObjectFile link, ObjectFile program, uint? expected, ReferenceChange references)
    {
        uint next = program.Key.Id;
        if (Begin(store, hook, out HookChange? change) is { } error)
            return error;
        using (change)
        {
            int index = change!.IndexOf(link.Key.Id);
            if (index < 0)
                return Detached(link);
            uint current = change.Slots[index].Program;
            if (expected is not null && expected != current)
                return StorageErrors.Of(Errno.EPERM, $"link {link.Key.Id} holds program {current} now, not {expected}; look at it again (link show)");
            if (current == next)
                return null;
            if (change.Slots.Exists(slot => slot.Program == next))
                return StorageErrors.Of(Errno.EEXIST, $"program {next} is attached to hook {hook.Key.Id} already, by another link");
            if (!hook.Header.ReadAttributes<HookObjectAttributes>().Takes(program.Header.ReadAttributes<ProgramObjectAttributes>()))
                return StorageErrors.Of(Errno.EINVAL, $"program {next} is not of the type and attach type of hook {hook.Key.Id}");
            if (references.Add(program) is { } refused)
                return refused;
            if (WriteWord(link, LinkObjectAttributes.NextProgramWord, next) is var failure and not Errno.None)
            {
                _ = references.Remove(program.Key);
                return StorageErrors.Call(-(int)failure, $"write link {link.Key.Id}");
            }

            change.Slots[index] = new HookSlot(link.Key.Id, next);
            change.Publish();
        }

        // Done. If the words can't be written, both programs stay named, and are kept.
        if (WriteWord(link, LinkObjectAttributes.ProgramWord, next) != Errno.None || WriteWord(link, LinkObjectAttributes.NextProgramWord, 0) != Errno.None)
            return null;

        // All others: what an update that was killed has left, too.
        foreach (ObjectKey target in store.ReferencesOf(link.Key))
        {
            if (target.Kind == ObjectKind.Program && target.Id != next)
                _ = references.Remove(target);
        }

        return null;
    }

    private static StorageError? Begin(Store store, ObjectFile hook, out HookChange? change)
    {
        change = null;
        Errno failure = hook.TryReopen(writable: true, out int descriptor);
        if (failure == Errno.None)
            failure = HookChange.TryBegin(store, descriptor, waits: true, out change);
        return failure == Errno.None ? null : StorageErrors.Call(-(int)failure, $"change hook {hook.Key.Id}");
    }

    private static bool TryOpenHook(Store store, ObjectFile link, out ObjectFile? hook)
    {
        hook = null;
        return link.IsOf(store) && HookOf(link.Header) is { } key && store.TryOpenById(key, ObjectAccess.ReadOnly, out hook, out _);
    }

    private static ObjectKey? HookOf(ObjectHeader link)
    {
        LinkObjectAttributes attributes = link.ReadAttributes<LinkObjectAttributes>();
        return attributes.TargetKind == ObjectKind.Hook ? new ObjectKey(ObjectKind.Hook, (uint)attributes.Target) : null;
    }

    /// <summary>Through a description of its own: a link's descriptor may be for reading only.</summary>
    private static Errno WriteWord(ObjectFile link, int index, ulong value)
    {
        Errno failure = link.TryReopen(writable: true, out int descriptor);
        if (failure != Errno.None)
            return failure;
        int result = Posix.Write(descriptor, BitConverter.GetBytes(value), ObjectHeaderLayout.KindWordsOffset + (index * sizeof(ulong)));
        _ = Posix.Close(descriptor);
        return (Errno)(-result);
    }

    private static StorageError Detached(ObjectFile link) =>
        StorageErrors.Of(Errno.ENOLINK, $"link {link.Key.Id} is attached to nothing any more; make a new one");

    private static string Explain(Errno failure, ObjectFile hook, ulong revision) => failure switch
    {
        Errno.ESTALE => $"the list of hook {hook.Key.Id} has changed: its revision is {revision}; look at it again (hook show)",
        Errno.EEXIST => $"the program is attached to hook {hook.Key.Id} already",
        Errno.ERANGE => $"hook {hook.Key.Id} has no place left, or what is named can't be both before and after",
        Errno.ENOENT => $"what is named as neighbour is not in the list of hook {hook.Key.Id}",
        _ => $"these flags say no place in the list of hook {hook.Key.Id}",
    };
}
