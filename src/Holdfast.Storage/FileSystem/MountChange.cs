using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// One process at a time mounts and unmounts. It says so in the store's state, so that whoever opens the store after a kill knows that there
/// may be something to mend, and needs not look otherwise.
/// </summary>
internal readonly struct MountChange : IDisposable
{
    private readonly Store _store;
    private readonly int _lock;

    private MountChange(Store store, int descriptor)
    {
        _store = store;
        _lock = descriptor;
    }

    /// <summary>Begins a change, when others have ended theirs; finishes what a killed one left.</summary>
    internal static StorageError? TryBegin(Store store, out MountChange change)
    {
        change = default;
        if (store.WhyReadOnly is { } why)
            return StorageErrors.Of(why.Errno, $"cannot change the mounts of {store.Path}: {why.Message}");
        int descriptor = ReferenceLock.OpenFile(store.Directories.Root, create: true);
        int result = descriptor < 0 ? descriptor : OfdLock.Exclusive(descriptor, ReferenceLock.MountsByte);
        if (result < 0)
            return StorageErrors.Call(result, $"lock the mounts of {store.Path}");
        change = new MountChange(store, descriptor);
        if (store.State!.AreMountsChanging)
            Unmounter.FinishKilled(store);
        store.State.AreMountsChanging = true;
        return null;
    }

    /// <summary>Mends what a killed process left, unless somebody is at work right now.</summary>
    internal static void Mend(Store store)
    {
        if (store.State is not { AreMountsChanging: true })
            return;
        int descriptor = ReferenceLock.OpenFile(store.Directories.Root, create: false);
        if (descriptor < 0)
            return;
        if (OfdLock.TryExclusive(descriptor, ReferenceLock.MountsByte) == 0)
        {
            Unmounter.FinishKilled(store);
            store.State.AreMountsChanging = false;
        }

        _ = Posix.Close(descriptor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.State!.NoteMountsChanged();
        _store.State.AreMountsChanging = false;
        _ = Posix.Close(_lock);
    }
}
