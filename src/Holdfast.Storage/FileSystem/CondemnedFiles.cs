using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Objects that are locked exclusively all at once, with few descriptors: beyond a number of them a mapping, which nobody touches, keeps the
/// open description and so its lock. However the process ends, the locks end with it.
/// </summary>
internal sealed class CondemnedFiles(Store store) : IDisposable
{
    /// <summary>How many are kept by their descriptors, which is a little faster. Only tests change it.</summary>
    internal static int DescriptorLimit { get; set; } = 64;

    private readonly Dictionary<ObjectKey, int> _descriptors = [];
    private readonly Dictionary<ObjectKey, HeldFile> _mapped = [];

    /// <summary>How many there are.</summary>
    internal int Count => _descriptors.Count + _mapped.Count;

    /// <summary>The objects.</summary>
    internal IEnumerable<ObjectKey> Keys => _descriptors.Keys.Concat(_mapped.Keys);

    /// <summary>Whether an object is among them.</summary>
    internal bool Contains(ObjectKey key) => _descriptors.ContainsKey(key) || _mapped.ContainsKey(key);

    /// <summary>Locks an object if nobody holds it and it has as many names as expected.</summary>
    /// <returns>Whether it is locked.</returns>
    internal bool TryAdd(ObjectKey key, ulong links)
    {
        int probe = store.Reclaimer.OpenProbe(key);
        if (probe < 0)
            return false;
        bool isLocked = OfdLock.TryExclusive(probe, OfdLock.LivenessByte) == 0 && Posix.Stat(probe, out FileStatus status) == 0 && status.Links == links;
        if (isLocked && _descriptors.Count < DescriptorLimit)
        {
            _descriptors.Add(key, probe);
            return true;
        }

        // Where no more can be mapped (vm.max_map_count), the object is left for a later run.
        HeldFile? held = null;
        isLocked = isLocked && HeldFile.TryHold(probe, out held) == Errno.None;
        _ = Posix.Close(probe);
        if (isLocked)
            _mapped.Add(key, held!);
        return isLocked;
    }

    /// <summary>Unlocks an object again.</summary>
    internal void Remove(ObjectKey key)
    {
        if (_descriptors.Remove(key, out int probe))
            _ = Posix.Close(probe);
        else if (_mapped.Remove(key, out HeldFile? held))
            held.Dispose();
    }

    /// <summary>Tells openers that they are too late. Those that no descriptor is left of are opened for it; nobody else gets their lock meanwhile.</summary>
    internal void MarkDead()
    {
        foreach (ObjectKey key in Keys)
        {
            int descriptor = Borrow(key);
            if (descriptor >= 0)
                Reclaimer.MarkDead(descriptor);
            Return(key, descriptor);
        }
    }

    /// <summary>Removes the files, and unlocks them.</summary>
    internal void Unlink()
    {
        foreach (ObjectKey key in Keys)
        {
            int descriptor = Borrow(key);
            if (descriptor >= 0)
                store.Ledger.Unlink(descriptor, key);
            Return(key, descriptor);
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int probe in _descriptors.Values)
            _ = Posix.Close(probe);
        foreach (HeldFile held in _mapped.Values)
            held.Dispose();
        _descriptors.Clear();
        _mapped.Clear();
    }

    private int Borrow(ObjectKey key) => _descriptors.TryGetValue(key, out int probe) ? probe : store.Reclaimer.OpenProbe(key);

    private void Return(ObjectKey key, int descriptor)
    {
        if (descriptor >= 0 && !_descriptors.ContainsKey(key))
            _ = Posix.Close(descriptor);
    }
}
