using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Finds maps whose contents have changed since the last look, by the event counters in their headers, and hooks, by their revisions. It keeps no descriptor and no lock, so
/// that it keeps nothing alive; what it leaves behind when it dies is an armed word in each map, which the next change clears.
/// </summary>
public sealed class ChangeWatch
{
    private const int CounterAt = ObjectHeaderLayout.EventCounterOffset - ObjectHeaderLayout.WatchedOffset;
    private const int WordsLength = CounterAt + sizeof(ulong);

    private readonly Store _store;
    private Dictionary<ObjectKey, ulong> _seen = [];

    internal ChangeWatch(Store store) => _store = store;

    /// <summary>Looks at every map and hook once; one that is seen for the first time counts as unchanged.</summary>
    /// <returns>Those that have changed.</returns>
    public IReadOnlyList<ObjectKey> Look()
    {
        List<ObjectKey> changed = [];
        Dictionary<ObjectKey, ulong> seen = [];
        IEnumerable<ObjectKey> keys = [.. _store.Ids(ObjectKind.Map).Select(id => new ObjectKey(ObjectKind.Map, id)), .. _store.Ids(ObjectKind.Hook).Select(id => new ObjectKey(ObjectKind.Hook, id))];
        foreach (ObjectKey key in keys)
        {
            bool isKnown = _seen.TryGetValue(key, out ulong before);
            if (!(key.Kind == ObjectKind.Hook ? TryReadRevision(key, out ulong count) : TryLook(key, isKnown, out count)))
                continue;
            seen[key] = count;
            if (isKnown && count != before)
                changed.Add(key);
        }

        _seen = seen;
        return changed;
    }

    private bool TryReadRevision(ObjectKey key, out ulong revision)
    {
        revision = 0;
        int descriptor = Posix.OpenAt(_store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return false;
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        bool isRead = Posix.Read(descriptor, word, ObjectHeaderLayout.DataOffset + HookLayout.RevisionOffset) == word.Length;
        _ = Posix.Close(descriptor);
        revision = BinaryPrimitives.ReadUInt64LittleEndian(word);
        return isRead;
    }

    private bool TryLook(ObjectKey key, bool isKnown, out ulong count)
    {
        count = 0;
        int descriptor = Posix.OpenAt(_store.Directories.Of(key.Kind), key.FileName(stackalloc byte[16]), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor < 0)
            return false;
        bool may = isKnown || MayArm(descriptor, key);
        Span<byte> words = stackalloc byte[WordsLength];
        may = may && Posix.Read(descriptor, words, ObjectHeaderLayout.WatchedOffset) == WordsLength;

        // Armed first, then read: a change that comes between the two is in the count, or is counted after it.
        if (may && BinaryPrimitives.ReadUInt32LittleEndian(words) == 0)
        {
            may = Posix.Write(descriptor, [1, 0, 0, 0], ObjectHeaderLayout.WatchedOffset) == 0
                && Posix.Read(descriptor, words, ObjectHeaderLayout.WatchedOffset) == WordsLength;
        }

        _ = Posix.Close(descriptor);
        count = BinaryPrimitives.ReadUInt64LittleEndian(words[CounterAt..]);
        return may;
    }

    /// <summary>Only what is the map that its name says is written to, and only if this version may write it.</summary>
    private static bool MayArm(int descriptor, ObjectKey key) =>
        ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid
        && header!.Key == key && !header.Features.HasUnknownReadOnlyCompat;
}
