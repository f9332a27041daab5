using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Maps;

/// <summary>
/// A map in shared memory, mapped by this process. Any number of processes use it at once; nothing that is read from it is
/// trusted: every index is bounded at its use, so that a hostile writer can cause wrong answers, but no access outside the mapping.
/// </summary>
public abstract unsafe class SharedMap : DirectReader, IDisposable
{
    /// <summary>Milliseconds to wait for another process's repair; 10 million entries take about 3 s. Only tests change it.</summary>
    internal static int RepairPatience { get; set; } = 30_000;

    private const int SnapshotAttempts = 20;

    private readonly MappedFile _file;
    private readonly int _descriptor;

    private protected SharedMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
    {
        Attributes = attributes;
        _file = file;
        _descriptor = descriptor;
        Data = file.Base + dataOffset;
        DataOffset = dataOffset;
        Leases = new LeaseTable(file.Base + ObjectHeaderLayout.LeaseTableOffset, OpenPrivate);
    }

    /// <summary>The shape.</summary>
    public MapAttributes Attributes { get; }

    /// <summary>Whether this process may write to the map.</summary>
    public bool IsWritable => _file.IsWritable;

    /// <summary>Whether user space may no longer write, in whichever process the map was frozen.</summary>
    public bool IsFrozen => Volatile.Read(ref *(uint*)(_file.Base + ObjectHeaderLayout.FrozenOffset)) != 0;

    /// <summary>Reads what the object refers to; null where that can't be known.</summary>
    private protected Func<IReadOnlyList<ObjectKey>>? References { get; private set; }

    private protected byte* Data { get; }

    private protected long DataOffset { get; }

    private protected LeaseTable Leases { get; }

    /// <summary>Descriptor that reservations go through, -1 if the map can't be written.</summary>
    private protected int WriteDescriptor => IsWritable ? _descriptor : -1;

    /// <summary>The object's descriptor.</summary>
    private protected int Descriptor => _descriptor;

    /// <summary>Maps an object file's data.</summary>
    /// <param name="descriptor">The object's descriptor; it stays open, and its owner the caller, while the map is used.</param>
    /// <param name="attributes">The shape, from the checked header.</param>
    /// <param name="dataOffset">Where the data begins.</param>
    /// <param name="dataLength">Its length, as <see cref="MapGeometry"/> computes it.</param>
    /// <param name="writable">Whether to map for writing.</param>
    /// <param name="map">The map.</param>
    /// <param name="references">Reads what the object refers to; null where that can't be known.</param>
    /// <returns>
    /// EINVAL if shape and length don't agree; EAGAIN: durable, for reading only, and nobody has opened it for writing since the machine
    /// restarted; ENOSPC: so little room that what a restart left can't be made whole; ENOMEM, …
    /// </returns>
    public static Errno TryOpen(
        int descriptor,
        in MapAttributes attributes,
        long dataOffset,
        long dataLength,
        bool writable,
        [NotNullWhen(true)] out SharedMap? map,
        Func<IReadOnlyList<ObjectKey>>? references = null)
    {
        map = null;
        Errno failure = MapGeometry.TryCompute(attributes, out long needed, out _);
        if (failure != Errno.None)
            return failure;
        if (needed != dataLength || dataOffset < ObjectHeaderLayout.PageLength)
            return Errno.EINVAL;
        failure = MappedFile.TryMap(descriptor, dataOffset + dataLength, writable, out MappedFile? file);
        if (failure != Errno.None)
            return failure;
        map = MapKind.Of(attributes.Type)!.Open(attributes, file!, descriptor, dataOffset);
        map.References = references;
        if (map.HasValueLock)
            ValueLocks.Add(map, map.Data, dataLength);
        failure = map.Complete();
        if (failure == Errno.None)
            failure = writable ? map.RepairOncePerBoot() : map.Attributes.IsDurable && !map.IsOfThisBoot() ? Errno.EAGAIN : Errno.None;
        if (failure == Errno.None)
            return Errno.None;
        map.Dispose();
        map = null;
        return failure;
    }

    /// <summary>Reserves and fills what must be there before anybody opens the map. Called once, before the object is published.</summary>
    /// <param name="descriptor">The object's file.</param>
    /// <param name="attributes">The shape.</param>
    /// <returns>ENOSPC, …</returns>
    public static Errno Initialize(int descriptor, in MapAttributes attributes)
    {
        const long dataOffset = ObjectHeaderLayout.DataOffset;
        if (MapKind.Of(attributes.Type) is not { } kind)
            return Errno.EINVAL;
        int result = fallocate(descriptor, 0, dataOffset, kind.ControlLengthOf(attributes)) == 0 ? 0 : Marshal.GetLastPInvokeError();
        return result == 0 ? kind.Fill(descriptor, attributes, dataOffset) : (Errno)result;
    }

    /// <summary>Bytes of a value as commands carry it (<c>bpf_map_value_size</c>).</summary>
    public virtual int ValueBufferSize => (int)Attributes.ValueSize;

    /// <summary>Bytes of the token that batch lookups go on from: a key, or for hash tables a bucket.</summary>
    public virtual int BatchTokenSize => (int)Attributes.KeySize;

    /// <summary>Whether this kind of map has a batch command.</summary>
    /// <param name="command">One of the four batch commands.</param>
    /// <returns>Whether it has.</returns>
    public virtual bool HasBatch(BpfCommand command) => false;

    /// <summary>
    /// Tells watchers that user space has changed the map. Who doesn't watch costs one load, of the line that <see cref="IsFrozen"/> reads: a watcher
    /// arms the word, the first change clears it and moves the counter, and those after it find it clear until the watcher has looked. So a
    /// watcher that died costs one change a map, once. Cleared before it is counted: what changes after the clearing is armed for anew, or is seen
    /// by the look that finds the count. A death between the two loses one event, and no change.
    /// </summary>
    public void NoteChange()
    {
        ref uint watched = ref *(uint*)(_file.Base + ObjectHeaderLayout.WatchedOffset);
        if (Volatile.Read(ref watched) != 0 && _file.IsWritable)
            CountChange(ref watched);
    }

    /// <summary>What looks up for a caller that keeps it: the map itself, or where its shape allows something shorter.</summary>
    public virtual DirectReader DirectReader => this;

    /// <summary>BPF_MAP_UPDATE_ELEM.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <param name="value">Value, of the map's value size.</param>
    /// <param name="flags">Create, replace, or both.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public abstract int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags);

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public abstract int Delete(ReadOnlySpan<byte> key);

    /// <summary>BPF_MAP_GET_NEXT_KEY.</summary>
    /// <param name="key">The key to go on from; empty for the first.</param>
    /// <param name="next">Receives the next key.</param>
    /// <returns>Zero, or the negated error (ENOENT: no more).</returns>
    public abstract int NextKey(ReadOnlySpan<byte> key, Span<byte> next);

    /// <summary>BPF_MAP_LOOKUP_AND_DELETE_ELEM.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>Zero, or the negated error.</returns>
    public virtual int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value) => -(int)Errno.ENOTSUPP;

    /// <summary>Whether values hold a <c>bpf_spin_lock</c>, so that BPF_F_LOCK has a meaning.</summary>
    public bool HasValueLock => Attributes.Fields is { LockOffset: >= 0 };

    /// <summary>BPF_MAP_LOOKUP_ELEM with BPF_F_LOCK: the value as it was while nobody else had its lock.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>Zero, or the negated error (EPERM: the map can't be written, a lock neither; EBUSY: somebody living has kept the lock too long).</returns>
    public virtual int LookupLocked(ReadOnlySpan<byte> key, Span<byte> value) => -(int)Errno.EINVAL;

    /// <summary>BPF_MAP_LOOKUP_AND_DELETE_ELEM with BPF_F_LOCK.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>Zero, or the negated error.</returns>
    public virtual int LookupAndDeleteLocked(ReadOnlySpan<byte> key, Span<byte> value) => LookupAndDelete(key, value);

    /// <summary>As <see cref="LookupBatch"/>, with BPF_F_LOCK.</summary>
    /// <param name="inBatch">Where to go on.</param>
    /// <param name="outBatch">Receives where to go on.</param>
    /// <param name="keys">Receives keys.</param>
    /// <param name="values">Receives values.</param>
    /// <param name="count">Room in elements; then elements found.</param>
    /// <param name="andDelete">Whether to delete what was found.</param>
    /// <returns>Zero, or the negated error.</returns>
    public virtual int LookupBatchLocked(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) => -(int)Errno.EINVAL;

    /// <summary>BPF_MAP_LOOKUP_BATCH and BPF_MAP_LOOKUP_AND_DELETE_BATCH.</summary>
    /// <param name="inBatch">Where to go on, as an earlier call gave it; empty for the start.</param>
    /// <param name="outBatch">Receives where to go on; 4 bytes for hash maps, a key for others.</param>
    /// <param name="keys">Receives keys.</param>
    /// <param name="values">Receives values.</param>
    /// <param name="count">Room in elements; then elements found.</param>
    /// <param name="andDelete">Whether to delete what was found.</param>
    /// <returns>Zero; ENOENT with what is left: the end; ENOSPC: the next bucket needs more room.</returns>
    public abstract int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete);

    /// <summary>Bytes of a value as <see cref="ReadEntries"/> gives it.</summary>
    public uint EntryValueSize => MapKind.Of(Attributes.Type)!.EntryValueSizeOf(Attributes);

    /// <summary>
    /// Reads all entries while others write: each as a lookup gives it, whole and as it was at some moment since the call; one that
    /// was there all the time is given once. Of an array, the elements that may differ from zero.
    /// </summary>
    /// <param name="visitor">Takes the entries; no lock is held meanwhile.</param>
    /// <returns><see cref="Errno.None"/>, what the visitor answered, or E2BIG, EAGAIN where a value can't be had whole.</returns>
    public abstract Errno ReadEntries(EntryVisitor visitor);

    /// <summary>Looks up for a program: a pointer to the value, which stays valid while the map is mapped.</summary>
    /// <param name="key">The key, of the map's key size.</param>
    /// <returns>The value in shared memory, or null.</returns>
    public abstract byte* LookupPointer(byte* key);

    /// <summary>Unmaps. Nothing may use the map any more.</summary>
    public void Dispose()
    {
        if (HasValueLock)
            ValueLocks.Remove(this);
        Leases.Dispose();
        Release();
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Maps what a kind needs besides the file as it lies.</summary>
    /// <returns>ENOMEM, …</returns>
    private protected virtual Errno Complete() => Errno.None;

    /// <summary>Lets go of what <see cref="Complete"/> mapped.</summary>
    private protected virtual void Release()
    {
    }

    /// <summary>
    /// Takes a value's lock for a program, which can't be told that it failed: after <see cref="LockPatience.Limit"/> the lock is taken from whoever has it.
    /// Programs hold one for microseconds; its holder was stopped, or the word was forged.
    /// </summary>
    /// <param name="word">The lock word; this process has a lease, or the program had no pointer to it.</param>
    internal void EnterValue(uint* word)
    {
        if (Interlocked.CompareExchange(ref *word, Leases.Lease, 0) == 0)
            return;
        LockPatience patience = default;
        SharedLock.Entry entry;
        while (!SharedLock.TryEnter(word, Leases, out entry))
        {
            if (patience.Wait(word))
                continue;
            Interlocked.Exchange(ref *word, Leases.Lease);
            entry = SharedLock.Entry.TakenOver;
            break;
        }

        if (entry == SharedLock.Entry.TakenOver)
            SettleValue(word);
    }

    /// <summary>Gives a value's lock back, unless it was taken away.</summary>
    internal void ExitValue(uint* word)
    {
        if (LockWord.Owner(Volatile.Read(ref *word)) == Leases.Lease)
            SharedLock.Exit(word);
    }

    /// <summary>Completes the update that the dead holder of a value's lock was at.</summary>
    private protected virtual void SettleValue(uint* word)
    {
    }

    /// <summary>Takes a lease, if the map may be written.</summary>
    private protected Errno BeginWrite()
    {
        if (Leases.Lease != 0)
            return Errno.None;
        return IsWritable ? Leases.TryTake(out _) : Errno.EPERM;
    }

    /// <summary>
    /// Makes the map whole after a restart of the machine, of which pages may have reached the disk in any order. Nobody but this
    /// process has it mapped for writing: whoever comes second in this boot waits here.
    /// </summary>
    private protected abstract void RepairAfterBoot();

    /// <summary>
    /// As <see cref="RepairAfterBoot"/>, for a durable map of which there is a snapshot: each entry is as it was at some moment since the snapshot
    /// was begun. A kind that can prove of parts of its memory that all pages of them are of one moment keeps these, and takes the rest
    /// from the snapshot. This is for kinds that can't: everything comes from the snapshot. It may be repeated after a death at any point.
    /// </summary>
    /// <param name="snapshot">The snapshot, whole; what is in it is bounded, and as untrusted as the rest of the file.</param>
    /// <returns>ENOSPC, or why the snapshot can't be read.</returns>
    private protected virtual Errno Recover(MapSnapshot snapshot)
    {
        RepairAfterBoot();
        byte[] next = new byte[Attributes.KeySize];
        for (long left = Attributes.MaxEntries; left > 0 && NextKey([], next) == 0 && Delete(next) == 0; left--)
        {
        }

        return snapshot.ReadAll((key, value) => (Errno)(-Update(key, value, UpdateFlags.Any)));
    }

    /// <summary>Of a map whose entries hold other objects: takes out entries whose reference is missing after a power loss. Called last.</summary>
    private protected virtual void DropUnreferenced()
    {
    }

    /// <summary>Makes the memory of the map's elements agree with the bitmap that says what is there.</summary>
    private protected virtual Errno RestoreChunks() => Errno.None;

    /// <summary>Whether recovery can use a snapshot: not where the file alone tells all.</summary>
    internal bool NeedsSnapshot => MapKind.Of(Attributes.Type)!.NeedsSnapshot(Attributes);

    /// <summary>Begins an epoch: what is inserted from here on is later than the snapshot that is begun.</summary>
    /// <returns>The epoch that ended.</returns>
    private protected virtual uint BeginEpoch() => 0;

    /// <summary>Reads all entries but those inserted in an epoch after the one given.</summary>
    private protected virtual Errno ReadEntriesOf(uint epoch, EntryVisitor visitor) => ReadEntries(visitor);

    /// <summary>
    /// A word that differs after each completed change of the contents from what it was at any time before; 0 where that can't be told: programs have
    /// addresses of values and store through them. A writer stores it after the stores of the change and before it returns; a snapshot reads it before the
    /// entries. So if a snapshot has the word of now, its entries were read after the stores of every change that is complete now, and no
    /// lock is needed. It is a word that writers store anyhow, or one on a line that they own.
    /// </summary>
    private protected virtual ulong Changes => 0;

    /// <summary>Whether the latest snapshot lacks a change that is complete now.</summary>
    internal bool HasChangedSinceSnapshot()
    {
        ulong changes = Changes;
        return changes == 0 || SnapshotAreas.TryFind(_descriptor, Attributes, EntryValueSize, out SnapshotAreas areas) != Errno.None
            || areas.OnlyHeader()?.Changes != changes;
    }

    /// <summary>Writes the blocks of a snapshot into the map's file, not yet its header. One at a time in a store; the caller sees to that.</summary>
    /// <param name="snapshot">What is to be done next, each step once the device has the one before.</param>
    /// <returns>ENOSPC, EFBIG, EIO, EAGAIN; the snapshot before stays the latest.</returns>
    internal Errno TakeSnapshot(out UnsealedSnapshot snapshot)
    {
        snapshot = default;
        Errno failure = BeginWrite();
        ulong changes = Changes;
        if (failure == Errno.None)
            failure = SnapshotAreas.TryFind(_descriptor, Attributes, EntryValueSize, out SnapshotAreas areas) is var found && found != Errno.None
                ? found : areas.Begin(BeginEpoch(), changes, out snapshot);
        uint epoch = (uint)(snapshot.Header?.Epoch ?? 0);
        if (failure != Errno.None)
            return failure;
        int attempt = 0;
        UnsealedSnapshot unsealed = snapshot;
        do
            failure = unsealed.Write(_descriptor, visitor => ReadEntriesOf(epoch, visitor));
        while (failure == Errno.EAGAIN && ++attempt < SnapshotAttempts);
        return failure;
    }

    /// <summary>The first to open the map for writing in a boot repairs it. Within one boot this is a comparison.</summary>
    private Errno RepairOncePerBoot()
    {
        if (IsOfThisBoot())
            return Errno.None;
        int descriptor = OpenPrivate();
        if (descriptor < 0)
            return (Errno)(-descriptor);
        int result = LockRepair(descriptor);
        if (result == 0 && !IsOfThisBoot())
            result = -(int)Restore();
        if (result == 0)
        {
            // A death before this: the next one repairs again. A half-written id is no boot's.
            _ = CurrentBoot.Id.TryWriteBytes(new Span<byte>(_file.Base + ObjectHeaderLayout.BootIdOffset, 16));
        }

        _ = Posix.Close(descriptor);
        return (Errno)(-result);
    }

    /// <summary>Whether it is repaired because somebody asked for it in the boot in which it was used: all pages are of this moment.</summary>
    private protected bool IsRepairOfThisBoot { get; private set; }

    private Errno Restore()
    {
        IsRepairOfThisBoot = new Guid(new ReadOnlySpan<byte>(_file.Base + ObjectHeaderLayout.BootIdOffset, 16)) == CurrentBoot.ToBeRepaired;
        Errno failure = (Errno)(-Posix.Allocate(_descriptor, DataOffset, MapKind.Of(Attributes.Type)!.ControlLengthOf(Attributes)));
        if (failure == Errno.None)
            failure = RestoreChunks();
        if (failure != Errno.None)
            return failure;
        if (Attributes.IsDurable && SnapshotAreas.TryFind(_descriptor, Attributes, EntryValueSize, out SnapshotAreas areas) == Errno.None
            && areas.Latest() is { } snapshot)
            failure = Recover(snapshot);
        else
            RepairAfterBoot();
        if (failure == Errno.None)
            DropUnreferenced();
        return failure;
    }

    /// <summary>
    /// Waits for another process's repair, but not for ever: who may only read the file can lock the byte too, and a repair takes seconds at most.
    /// </summary>
    private static int LockRepair(int descriptor)
    {
        long deadline = Environment.TickCount64 + RepairPatience;
        while (true)
        {
            int result = OfdLock.TryExclusive(descriptor, OfdLock.RepairByte);
            if (result != -(int)Errno.EAGAIN || Environment.TickCount64 > deadline)
                return result;
            Thread.Sleep(1);
        }
    }

    private bool IsOfThisBoot() => new Guid(new ReadOnlySpan<byte>(_file.Base + ObjectHeaderLayout.BootIdOffset, 16)) == CurrentBoot.Id;

    private void CountChange(ref uint watched)
    {
        // Safe: both words are in the header page, which is mapped for writing as long as this object lives.
        if (Interlocked.Exchange(ref watched, 0) != 0)
            _ = Interlocked.Increment(ref *(long*)(_file.Base + ObjectHeaderLayout.EventCounterOffset));
    }

    /// <summary>Opens the object once more for locks of its own; a descriptor or a negated error.</summary>
    private protected int OpenPrivate()
    {
        Span<byte> path = stackalloc byte[32];
        return Posix.OpenAt(AT_FDCWD, Posix.ProcessDescriptorPath(_descriptor, path), O_RDWR);
    }
}
