using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// A store: the directory whose files are the objects. Any number of processes use one at once; there is no daemon.
/// One user owns a store; others open what its modes allow, and neither create nor free.
/// </summary>
public sealed class Store : IDisposable
{
    private readonly FileSystemTraits _traits;
    private readonly IdIndex _ids;
    private volatile bool _newerObjects;

    internal Store(
        string path,
        StoreIdentity identity,
        FileSystemTraits traits,
        uint owner,
        StoreDirectories directories,
        StoreState? state,
        ReferenceLock? references,
        StorageError? whyReadOnly,
        StoreOptions options)
    {
        Path = path;
        Id = identity.Id;
        ExecutionSlots = identity.ExecutionSlots;
        Owner = owner;
        Directories = directories;
        Device = FileIdentity.Of(directories.Root).Device;
        State = state;
        References = references;
        WhyReadOnly = whyReadOnly;
        BootId = options.BootId ?? CurrentBoot.Id;
        IsDurable = options.IsDurable ?? !traits.IsVolatile;
        _traits = traits;
        _ids = new IdIndex(directories);
        Reclaimer = new Reclaimer(this);
        Ledger = new QuotaLedger(this);
        Quotas = new QuotaSettings(this);
        Bpffs = new Bpffs(this);
        Collector = new Collector(this);
        BootCheck.Run(this);
        MountChange.Mend(this);
        if (options.SweepBudget > 0)
            _ = Collector.Sweep(options.SweepBudget);
    }

    /// <summary>Absolute path of the store's directory.</summary>
    public string Path { get; }

    /// <summary>The store's identity, in the header of each of its objects.</summary>
    public Guid Id { get; }

    /// <summary>User id of the owner.</summary>
    public uint Owner { get; }

    /// <summary>Execution slots ("CPUs") of per-CPU maps, fixed when the store was made.</summary>
    public int ExecutionSlots { get; }

    /// <summary>Which boot of the machine this is.</summary>
    public Guid BootId { get; }

    /// <summary>Whether maps made here are laid out for recovery after a power loss: the store is on a device.</summary>
    public bool IsDurable { get; }

    /// <summary>Why this process may not create or free objects here; null if it may.</summary>
    public StorageError? WhyReadOnly { get; }

    /// <summary>Pins: the file system of names.</summary>
    public Bpffs Bpffs { get; }

    /// <summary>Frees what nothing refers to any more.</summary>
    public Collector Collector { get; }

    /// <summary>Limits on what may be made here.</summary>
    public QuotaSettings Quotas { get; }

    internal StoreDirectories Directories { get; }

    /// <summary>Number of the device that the store's files are on.</summary>
    internal ulong Device { get; }

    internal StoreState? State { get; }

    internal ReferenceLock? References { get; }

    internal Reclaimer Reclaimer { get; }

    internal QuotaLedger Ledger { get; }

    /// <summary>Root in another user's store: may free, but not create.</summary>
    internal bool IsAdministered => State is null && References is not null;

    /// <summary>Whether objects are known that only a newer version can read.</summary>
    internal bool HasNewerObjects => _newerObjects || new ObjectFeatures(0, 0, State?.ObjectIncompat ?? 0).HasUnknownIncompat;

    /// <summary>Remembers that such objects exist, for all processes of the owner.</summary>
    internal void NoteNewerObjects()
    {
        _newerObjects = true;
        State?.NoteIncompat(ObjectFeatures.NewerSeen);
    }

    /// <summary>Opens a store, making it where the caller may.</summary>
    /// <param name="path">Its directory; null or empty for <see cref="StoreLocation.Default"/>.</param>
    /// <param name="options">How.</param>
    /// <param name="store">The store.</param>
    /// <param name="error">Why not: <c>EOPNOTSUPP</c> for file systems that can't and for newer versions, <c>EPERM</c> for unsafe directories.</param>
    /// <returns>Whether it succeeded.</returns>
    public static bool TryOpen(string? path, StoreOptions options, [NotNullWhen(true)] out Store? store, [NotNullWhen(false)] out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new StoreOpener(path, options).TryOpen(out store, out error);
    }

    /// <summary>Makes a new object. Nothing remains of a creation that fails, and of one whose process is killed nothing that isn't swept.</summary>
    /// <param name="definition">What it is made from.</param>
    /// <param name="file">The object, open for reading and writing.</param>
    /// <param name="error"><c>EPERM</c> in a store of somebody else or at the user's quota, <c>ENOSPC</c> at the store's or where the file system is full, <c>EROFS</c>, <c>EFBIG</c>, …</param>
    /// <returns>Whether it succeeded.</returns>
    public bool TryCreate(ObjectDefinition definition, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new ObjectCreator(this, definition).TryCreate(out file, out error);
    }

    /// <summary>Opens an object by its id (BPF_MAP_GET_FD_BY_ID and its like).</summary>
    /// <param name="key">Kind and id.</param>
    /// <param name="access">What for.</param>
    /// <param name="file">The object.</param>
    /// <param name="error"><c>ENOENT</c> if there is none that anything refers to.</param>
    /// <returns>Whether it succeeded.</returns>
    public bool TryOpenById(ObjectKey key, ObjectAccess access, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error)
    {
        file = null;
        if (key.Kind is < ObjectKind.Map or > ObjectKind.Hook || Directories.Of(key.Kind) < 0 || key.Id is 0 or > int.MaxValue)
        {
            error = StorageErrors.Of(Errno.ENOENT, $"there is no {key.Kind} {key.Id}");
            return false;
        }

        ReadOnlySpan<byte> name = key.FileName(stackalloc byte[16]);
        if (!ObjectOpener.TryOpen(this, Directories.Of(key.Kind), name, access, O_NOFOLLOW, Errno.ENOENT, out ObjectFile? opened, out error))
        {
            if (error.Errno == Errno.ENOENT)
                error = StorageErrors.Of(Errno.ENOENT, $"there is no {key.Kind} {key.Id}");
            else if (error.Errno == Errno.EINVAL)
                error = StorageErrors.Of(Errno.EINVAL, $"{key.Kind} {key.Id} is damaged: its header does not check; remove its pins, and its file in {Path}/objects");
            return false;
        }

        // An orphan that nobody has swept yet is as good as gone.
        if (Posix.Stat(opened.Descriptor, out FileStatus status) == 0 && status.Links <= 1
            && !OfdLock.IsHeldByOthers(opened.Descriptor, OfdLock.LivenessByte))
        {
            opened.Dispose();
            error = StorageErrors.Of(Errno.ENOENT, $"there is no {key.Kind} {key.Id}");
            return false;
        }

        file = opened;
        return true;
    }

    /// <summary>The smallest id of a kind above a given one (BPF_*_GET_NEXT_ID).</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="start">Ids up to this are passed over.</param>
    /// <param name="next">The id; an object may be gone again by the time it is opened.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetNextId(ObjectKind kind, uint start, out uint next) => _ids.TryGetNext(kind, start, out next);

    /// <summary>All ids of a kind, ascending, as they were at one moment.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>The ids.</returns>
    public IReadOnlyList<uint> Ids(ObjectKind kind) => _ids.All(kind);

    /// <summary>Begins to change what an object refers to; see <see cref="ReferenceChange"/>.</summary>
    /// <param name="referrer">The object that refers.</param>
    /// <param name="change">The change, to be disposed by the same thread.</param>
    /// <param name="error"><c>EPERM</c> where this process may not change the store.</param>
    /// <returns>Whether it may.</returns>
    public bool TryBeginReferenceChange(ObjectKey referrer, [NotNullWhen(true)] out ReferenceChange? change, [NotNullWhen(false)] out StorageError? error) =>
        ReferenceChange.TryBegin(this, referrer, out change, out error);

    /// <summary>What an object refers to, as its <c>refs</c> directory tells.</summary>
    /// <param name="referrer">The object that refers.</param>
    /// <returns>Each target once.</returns>
    public IReadOnlyList<ObjectKey> ReferencesOf(ObjectKey referrer) => ReferenceNames.Read(this, referrer);

    /// <summary>Begins to watch the store's maps for changes of their contents; only in a store of one's own, since to watch is to write.</summary>
    /// <returns>The watch; null in a store that this process may not change.</returns>
    public ChangeWatch? WatchChanges() => State is null ? null : new ChangeWatch(this);

    /// <summary>Which processes have which objects open, as far as this user may see it.</summary>
    /// <returns>One of each pair, as found.</returns>
    public IEnumerable<ObjectHolder> Holders() => ObjectHolders.Find(this);

    /// <summary>Describes the store, for <c>holdfast doctor</c>.</summary>
    /// <returns>The description.</returns>
    public StoreDescription Describe()
    {
        _ = Posix.StatFileSystem(Directories.Mounts, out FileSystemStatus status);
        string? runtime = StoreLocation.RuntimeDirectory;
        bool untilLogout = runtime is not null && Path.StartsWith(runtime + "/", StringComparison.Ordinal);
        return new StoreDescription(
            Path,
            Id,
            Owner,
            _traits.Name,
            !_traits.IsVolatile ? StoreLifetime.Durable : untilLogout ? StoreLifetime.UntilLastLogout : StoreLifetime.UntilReboot,
            status.Blocks * (ulong)status.BlockSize,
            status.BlocksAvailable * (ulong)status.BlockSize,
            status.Files == 0 ? null : status.FilesFree,
            _traits.MaximumLinks,
            KindMark.IsSupported(this),
            ExecutionSlots,
            WhyReadOnly?.Message,
            Reclaimer.WhyNot);
    }

    /// <summary>Opens the store's execution slots, for programs whose values are kept by slot.</summary>
    /// <param name="slots">The slots; the caller is their first user.</param>
    /// <param name="error"><c>EPERM</c> in a store of somebody else, <c>EAGAIN</c> if 126 processes run such programs already, <c>ENOSPC</c>, …</param>
    /// <returns>Whether it succeeded.</returns>
    public bool TryOpenSlots([NotNullWhen(true)] out ExecutionSlots? slots, [NotNullWhen(false)] out StorageError? error)
    {
        slots = null;
        error = WhyReadOnly is { } reason
            ? StorageErrors.Of(reason.Errno, $"programs with per-CPU values can't run in the store {Path}: {reason.Message}")
            : null;
        if (error is not null)
            return false;
        Errno failure = SlotFile.TryOpen(this, out slots);
        error = failure switch
        {
            Errno.None => null,
            Errno.EAGAIN => StorageErrors.Of(failure, $"{LeaseTable.Slots} processes run programs with per-CPU values in the store {Path}; end one of them"),
            Errno.EINVAL => StorageErrors.Of(failure, $"{Path}/slots is damaged; remove it while no program of the store runs, and it is made anew"),
            _ => StorageErrors.Call(-(int)failure, $"open the execution slots of the store {Path}"),
        };
        return error is null;
    }

    /// <summary>
    /// Makes what has been done in the store outlast a loss of power: values, objects, references and pins, of all processes. Writes a snapshot of
    /// each map into its file, and waits until everything is on the device. On a store that a restart empties there is nothing to do.
    /// </summary>
    /// <returns>
    /// Null, or why not (<c>EIO</c>, <c>ENOSPC</c>, <c>EPERM</c> for others than the owner and root): then the promise of the last success stands,
    /// and no more.
    /// </returns>
    public StorageError? Sync() => IsDurable ? new StoreSync(this).Run() : null;

    /// <summary>Closes the store; objects that are open stay open, but are then freed by others.</summary>
    public void Dispose()
    {
        Bpffs.Dispose();
        Directories.Dispose();
        State?.Dispose();
        References?.Dispose();
    }
}
