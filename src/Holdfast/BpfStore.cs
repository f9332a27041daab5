using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.Backup;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Objects;

namespace Holdfast;

/// <summary>The userspace engine's store: where it is, how long it lasts, what is in its mounts, and its housekeeping.</summary>
public sealed class BpfStore
{
    private readonly Store _store;

    internal BpfStore(Store store)
    {
        _store = store;
    }

    /// <summary>The store's directory.</summary>
    public string Path => _store.Path;

    /// <summary>File system, lifetime, free space, and what is missing.</summary>
    /// <returns>The description.</returns>
    public StoreDescription Describe() => _store.Describe();

    /// <summary>The mounted directories of pins.</summary>
    /// <returns>The mounts, the default one first.</returns>
    public IReadOnlyList<MountInfo> Mounts => _store.Bpffs.Mounts;

    /// <summary>Frees what nothing refers to, cycles included.</summary>
    /// <returns>What was looked at and freed.</returns>
    public CollectorStatistics Collect() => _store.Collector.Collect(StoredReferences.Read);

    /// <summary>The quotas in force, with what is counted: the store's, then the user's.</summary>
    /// <exception cref="BpfException">EACCES: the caller is neither the store's owner nor root.</exception>
    public IReadOnlyList<StoreQuota> Quotas =>
        _store.Quotas.Read(out IReadOnlyList<StoreQuota> quotas) is { } error ? throw Exception(error, Path) : quotas;

    /// <summary>
    /// Sets a quota, or clears it if it limits nothing. It holds at once, in every process; one below what is there harms nothing that exists.
    /// Past the store's, creation fails with ENOSPC; past a user's, with EPERM.
    /// </summary>
    /// <param name="quota">Whose, and the limits.</param>
    /// <exception cref="BpfException">EPERM: the caller is neither the store's owner nor root; EINVAL: the user can't create here.</exception>
    public void SetQuota(StoreQuota quota)
    {
        if (_store.Quotas.Set(quota) is { } error)
            throw Exception(error, Path);
    }

    /// <summary>
    /// Makes all that was done in a durable store, by whichever process, outlast a loss of power; returns at once where a restart empties the store.
    /// Writes a snapshot of each map into its file, so it takes time and room in proportion to the entries. <c>docs/on-disk-format.md</c> has the promise.
    /// </summary>
    /// <exception cref="BpfException">
    /// The device failed (<c>EIO</c>) or is full (<c>ENOSPC</c>): nothing is promised about what was done since the last success. <c>EPERM</c>: the store is
    /// another user's.
    /// </exception>
    public void Sync()
    {
        if (_store.Sync() is { } error)
            throw Exception(error, Path);
    }

    /// <summary>
    /// Checks a store, whether it can be opened or not, while others use it: reads only, maps nothing, changes nothing. What writers at work make
    /// look odd for a moment is no finding.
    /// </summary>
    /// <param name="store">The store's directory; null for <c>HOLDFAST_STORE</c>, else the caller's default.</param>
    /// <returns>What is not as it should be.</returns>
    /// <exception cref="BpfException">ENOENT: there is no store; EACCES; EOPNOTSUPP: a newer version made it.</exception>
    public static StoreCheckReport Check(string? store = null) =>
        StoreCheck.TryRun(Resolve(store), StoredContents.Instance, out StoreCheckReport? report, out StorageError? error)
            ? report
            : throw new BpfException(error.Errno, $"{error.Message} [{error.Errno}]");

    /// <summary>
    /// Checks a store and puts right what can safely be put right while others use it. What it doesn't understand it leaves as it is; what a
    /// repair replaces, and maps of which entries may be left out, are kept in the store's directory <c>quarantine</c>.
    /// </summary>
    /// <param name="store">The store's directory; null for <c>HOLDFAST_STORE</c>, else the caller's default.</param>
    /// <returns>What was fixed, and what remains.</returns>
    /// <exception cref="BpfException">As for <see cref="Check"/>.</exception>
    public static StoreRepairReport Repair(string? store = null) =>
        StoreRepair.TryRun(Resolve(store), StoredContents.Instance, out StoreRepairReport? report, out StorageError? error)
            ? report
            : throw new BpfException(error.Errno, $"{error.Message} [{error.Errno}]");

    /// <summary>
    /// Copies the store, while others use it, into a new one: the tree of the default bpffs with its owners and modes, every object that has a name there,
    /// and all that these refer to, under their ids. Each object is consistent in itself (of maps each entry is whole); different objects may be of
    /// different moments. The copy has an identity of its own, so both can be used beside each other. An interrupted backup is no store.
    /// </summary>
    /// <param name="destination">A directory that is empty or not there, outside of the store.</param>
    /// <returns>What the backup holds; it is on its device.</returns>
    /// <exception cref="BpfException">EEXIST, ENOTEMPTY, EINVAL: the destination; ENOSPC, EACCES, …</exception>
    public BackupReport Backup(string destination) =>
        StoreBackup.TryRun(_store, destination, out BackupReport? report, out StorageError? error) ? report : throw new BpfException(error.Errno, $"{error.Message} [{error.Errno}]");

    private static string? Resolve(string? store) => store ?? Environment.GetEnvironmentVariable("HOLDFAST_STORE");

    /// <summary>Finds stores: in the places where they are by default, where processes have objects open, and where told to look.</summary>
    /// <param name="also">Further directories to look at.</param>
    /// <returns>Their directories, as far as the caller can see them.</returns>
    public static IReadOnlyList<string> Find(IEnumerable<string> also) => StoreFinder.Find(also);

    /// <summary>Lists a directory of pins without opening an object.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>Its entries, one by one.</returns>
    /// <exception cref="BpfException">It is no directory of pins, or can't be read.</exception>
    public static IEnumerable<PinEntry> List(string path) =>
        Bpffs.TryEnumerate(path, out IEnumerable<PinEntry>? entries, out StorageError? error) ? entries : throw Exception(error, path);

    internal ChangeWatch? WatchChanges() => _store.WatchChanges();

    private static BpfException Exception(StorageError error, string path) => new(error.Errno, error.Message.Contains(path, StringComparison.Ordinal) ? $"{error.Message} [{error.Errno}]" : $"{path}: {error.Message} [{error.Errno}]");
}
