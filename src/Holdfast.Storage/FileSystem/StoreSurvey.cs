using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// A collector's look at every object, once, without any lock: it finds objects of newer versions and orphans, and notes what a trace of cycles
/// would otherwise have to open each again for. Things change meanwhile, so what it noted may only keep an object for the next run, never free one:
/// what looks like garbage is looked at again, under locks.
/// </summary>
internal sealed class StoreSurvey(Store store, ReferenceReader? contents, CollectorStatistics statistics)
{
    private readonly Dictionary<ObjectKey, ulong> _links = [];
    private readonly Dictionary<ObjectKey, IReadOnlySet<ObjectKey>> _named = [];

    /// <summary>Objects that only the store names, or that can't be looked at. One that is orphaned later is whoever's who orphans it.</summary>
    internal Stack<ObjectKey> Orphans { get; } = new();

    /// <summary>Looks at all objects; stops at the first that only a newer version understands, since that may refer in ways that this one can't see.</summary>
    /// <returns>Whether all are of versions that this one knows.</returns>
    internal bool Run()
    {
        foreach (ObjectKind kind in StoreDirectories.Kinds)
        {
            IReadOnlyList<uint> ids = store.Ids(kind);
            _links.EnsureCapacity(_links.Count + ids.Count);
            foreach (uint id in ids)
            {
                statistics.Examined++;
                if (LookAt(new ObjectKey(kind, id)))
                    continue;
                store.NoteNewerObjects();
                return false;
            }
        }

        return true;
    }

    /// <summary>How many objects have names beside the store's.</summary>
    internal int Count => _links.Count;

    /// <summary>How many names an object's file had; false if that isn't known.</summary>
    internal bool TryGetLinks(ObjectKey key, out ulong links) => _links.TryGetValue(key, out links);

    /// <summary>What a referrer's content named; null if that isn't known.</summary>
    internal IReadOnlySet<ObjectKey>? NamedBy(ObjectKey referrer) => _named.GetValueOrDefault(referrer);

    /// <summary>Forgets how many names an object's file has: it lost one.</summary>
    internal void ForgetLinks(ObjectKey key) => _links.Remove(key);

    /// <summary>Forgets how many names any file has.</summary>
    internal void ForgetLinks() => _links.Clear();

    /// <summary>Opens an object's file without a lock: the descriptor is no reference, and closing it frees nothing.</summary>
    internal static int Open(Store store, ObjectKey key) =>
        Posix.OpenAt(store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

    /// <returns>Whether it is of a version that this one knows, as far as it can be looked at.</returns>
    private bool LookAt(ObjectKey key)
    {
        int descriptor = Open(store, key);
        if (descriptor >= 0 && Posix.Stat(descriptor, out FileStatus status) == 0 && status.IsRegular && status.Links > 1)
            _links[key] = status.Links;
        else
            Orphans.Push(key);
        if (descriptor < 0)
            return true;
        bool isNewer = ObjectHeaderCodec.IsNewer(descriptor, out ObjectHeader? referrer);
        if (contents is not null && key.Kind != ObjectKind.Program && referrer?.Key == key && contents(referrer, descriptor) is { } named)
            _named[key] = named;
        _ = Posix.Close(descriptor);
        return !isNewer;
    }
}
