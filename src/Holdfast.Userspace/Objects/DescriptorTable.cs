using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Objects;

/// <summary>
/// The descriptors of this process that the engine has met: those that it made, and those that came from elsewhere (inherited,
/// received over a socket) and were recognised as objects.
/// </summary>
internal sealed class DescriptorTable(Store store)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, DescriptorEntry> _entries = [];

    /// <summary>Enters a file that the engine opened; its descriptor is what the caller gets.</summary>
    public int Add(ObjectFile file, EngineObject? shared = null)
    {
        lock (_lock)
        {
            // A number that is free for the operating system can still have an entry here: closed behind the engine's back.
            if (_entries.Remove(file.Descriptor, out DescriptorEntry? stale))
                Forget(stale);
            _entries[file.Descriptor] = new DescriptorEntry(file) { Object = shared };
        }

        return file.Descriptor;
    }

    /// <summary>Finds a descriptor's entry, or makes one if the descriptor is an object's.</summary>
    public bool TryGet(int descriptor, [NotNullWhen(true)] out DescriptorEntry? entry, [NotNullWhen(false)] out StorageError? error)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(descriptor, out entry))
            {
                error = null;
                if (entry.IsCurrent)
                    return true;
                _entries.Remove(descriptor);
                Forget(entry);
            }

            entry = null;
            if (!ObjectFile.TryAdopt(descriptor, store, out ObjectFile? file, out error))
                return false;
            entry = new DescriptorEntry(file);
            _entries[descriptor] = entry;
            return true;
        }
    }

    /// <summary>Closes a descriptor that the engine knows.</summary>
    /// <returns>Whether it knew it.</returns>
    public bool TryClose(int descriptor)
    {
        DescriptorEntry? entry;
        lock (_lock)
        {
            if (!_entries.Remove(descriptor, out entry))
                return false;
        }

        // In this order: what is shared goes before the reference that keeps its file. Another file's descriptor of this number stays open.
        entry.Object?.RemoveUser();
        _ = entry.File.TryClose();
        return true;
    }

    /// <summary>Gives back what is shared by the entries, and closes their descriptors.</summary>
    public void CloseAll()
    {
        int[] descriptors;
        lock (_lock)
            descriptors = [.. _entries.Keys];
        foreach (int descriptor in descriptors)
            TryClose(descriptor);
    }

    /// <summary>Drops an entry whose descriptor is gone already: its number is someone else's now.</summary>
    private static void Forget(DescriptorEntry entry)
    {
        entry.File.Detach();
        entry.Object?.RemoveUser();
    }
}
