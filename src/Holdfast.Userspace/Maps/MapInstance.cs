using System.Diagnostics.CodeAnalysis;
using Holdfast.Btf;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Userspace.Maps.Inner;
using Holdfast.Userspace.Objects;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>A map mapped by this process, for its commands and its programs.</summary>
internal abstract class MapInstance : EngineObject
{
    private readonly Lock _lock = new();
    private readonly List<(MapDescription Description, RuntimeMap Runtime)> _described = [];

    private protected MapInstance(ObjectFile file, SharedMap shared, MapDescription description)
        : base(file)
    {
        Shared = shared;
        Description = description;
    }

    /// <summary>What the map is. Contents that are constant are told by <see cref="Describe"/>.</summary>
    public MapDescription Description { get; }

    /// <summary>Whether programs see the values of their execution slot.</summary>
    public bool IsPerCpu => Shared is IPerCpuMap;

    /// <summary>Whether this process may write to it.</summary>
    public bool IsWritable => Shared.IsWritable;

    /// <summary>Whether BPF_F_LOCK has a meaning.</summary>
    public bool HasValueLock => Shared.HasValueLock;

    /// <summary>Bytes of a value as commands carry it.</summary>
    public int ValueBufferSize => Shared.ValueBufferSize;

    /// <summary>Whether a batch command works on this kind of map.</summary>
    public bool HasBatch(BpfCommand command) => Shared.HasBatch(command);

    /// <summary>Bytes of the token that batch lookups go on from.</summary>
    public int BatchTokenSize => Shared.BatchTokenSize;

    /// <summary>Whether user space may not write any more, in whichever process it was frozen.</summary>
    public bool IsFrozen => Shared.IsFrozen;

    /// <summary>The shared memory.</summary>
    private protected SharedMap Shared { get; }

    /// <summary>Maps a map's file.</summary>
    public static bool TryOpen(
        EngineState engine, ObjectFile file, [NotNullWhen(true)] out MapInstance? map, [NotNullWhen(false)] out StorageError? error)
    {
        map = null;
        MapObjectAttributes attributes = MapFile.Read(file, engine.Store);
        BtfGraph? innerTypes = null;
        if (!engine.BtfCache.TryGet(attributes.BtfId, out BtfGraph? btf, out error) || !engine.BtfCache.TryGet(attributes.InnerBtfId, out innerTypes, out error))
        {
            file.Dispose();
            return false;
        }

        bool writable = file.Access == ObjectAccess.ReadWrite;
        Errno failure = SharedMap.TryOpen(
            file.Descriptor, MapShape.Of(attributes), file.Header.DataOffset, file.Header.DataLength, writable, out SharedMap? shared,
            file.IsOf(engine.Store) ? () => engine.Store.ReferencesOf(file.Key) : null);
        if (failure != Errno.None)
        {
            error = new StorageError(failure, failure switch
            {
                Errno.EAGAIN when writable =>
                    $"map {file.Key.Id} waits for its repair after a restart, and another process has held the lock for that too long: see 'holdfast id map:{file.Key.Id}' for who has it open",
                Errno.EAGAIN => $"map {file.Key.Id} is as the machine's last run left it; open it once with the right to write (as its owner, chmod u+w)",
                Errno.ENOSPC => $"map {file.Key.Id} can't be made whole after the restart: the file system is full; free some room",
                _ => $"map {file.Key.Id} can't be mapped: its data does not fit its header, or memory is short",
            });
            file.Dispose();
            return false;
        }

        // Commands carry a value for each slot of the store that they are given in, as bpf(2) does for each CPU.
        if (shared is IPerCpuMap perCpu && perCpu.Slots != engine.Store.ExecutionSlots)
        {
            error = new StorageError(Errno.EXDEV, $"map {file.Key.Id} keeps {perCpu.Slots} values a key, and the store {engine.Store.Path} has {engine.Store.ExecutionSlots} execution slots; open the map's own store (--store)");
            shared.Dispose();
            file.Dispose();
            return false;
        }

        MapDescription description = DescriptionOf(file, attributes, btf) with { Inner = InnerMapRules.TemplateOf(attributes, innerTypes) };
        map = description.Inner is not null ? new MapOfMapsInstance(engine, file, shared!, description)
            : shared is ProgArrayMap slots ? new ProgArrayInstance(engine, file, slots, description)
            : new DataMapInstance(file, shared!, description);
        return true;
    }

    /// <summary>
    /// The map as the verifier may see it now. The bytes of a frozen map that only programs read, and can't write, are copied:
    /// the copy is what the verifier takes as constants, and what programs verified with it read.
    /// </summary>
    public MapDescription Describe()
    {
        bool constant = Description is { Type: MapType.Array, MaxEntries: 1 }
            && (Description.Flags & MapFlags.ReadOnlyProgram) != 0 && IsFrozen;
        if (!constant)
            return Description;
        byte[] value = GC.AllocateUninitializedArray<byte>((int)Description.ValueSize, pinned: true);
        return Shared.Lookup([0, 0, 0, 0], value) == 0 ? Description with { Constants = value } : Description;
    }

    /// <summary>Whether a description is of this map.</summary>
    public bool Describes(MapDescription description) => description.Id == Description.Id;

    /// <summary>The map as programs use it, for a description that <see cref="Describe"/> gave.</summary>
    public RuntimeMap RuntimeFor(MapDescription description)
    {
        lock (_lock)
        {
            foreach ((MapDescription known, RuntimeMap runtime) in _described)
            {
                if (ReferenceEquals(known, description))
                    return runtime;
            }

            RuntimeMap made = description.Constants is { } constants ? new ConstantMap(description, constants) : CreateRuntime(description);
            _described.Add((description, made));
            return made;
        }
    }

    /// <summary>Whether a program may use the map beside those that use it already.</summary>
    public virtual bool TryBind(VerifiedProgram user) => true;

    /// <summary>BPF_MAP_LOOKUP_ELEM.</summary>
    public virtual int Lookup(ReadOnlySpan<byte> key, Span<byte> value, bool withLock = false) =>
        withLock ? Shared.LookupLocked(key, value) : Shared.Lookup(key, value);

    /// <summary>BPF_MAP_UPDATE_ELEM.</summary>
    public virtual int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) => Noted(Shared.Update(key, value, flags));

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    public virtual int Delete(ReadOnlySpan<byte> key) => Noted(Shared.Delete(key));

    /// <summary>BPF_MAP_GET_NEXT_KEY.</summary>
    public int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => Shared.NextKey(key, next);

    /// <summary>BPF_MAP_LOOKUP_AND_DELETE_ELEM.</summary>
    public virtual int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value, bool withLock = false) =>
        Noted(withLock ? Shared.LookupAndDeleteLocked(key, value) : Shared.LookupAndDelete(key, value));

    /// <summary>BPF_MAP_LOOKUP_BATCH and BPF_MAP_LOOKUP_AND_DELETE_BATCH.</summary>
    public virtual int LookupBatch(ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete, bool withLock = false)
    {
        int result = withLock
            ? Shared.LookupBatchLocked(inBatch, outBatch, keys, values, ref count, andDelete)
            : Shared.LookupBatch(inBatch, outBatch, keys, values, ref count, andDelete);
        if (andDelete && count > 0)
            Shared.NoteChange();
        return result;
    }

    /// <summary>BPF_MAP_FREEZE.</summary>
    public int Freeze()
    {
        Errno failure = Shared is ArrayMap array ? array.FreezeUnlessMapped(File.Freeze) : File.Freeze();
        return failure == Errno.None ? Noted(0) : Failures.Of(failure, failure == Errno.EBUSY
            ? "the map's values are mapped for writing, in this process or another: unmap them first"
            : "the map can't be frozen through this descriptor");
    }

    /// <summary>The fast path for a descriptor with this access; none where each operation must ask first.</summary>
    public virtual IDirectMap? DirectFor(ObjectAccess access) => null;

    /// <summary>Tells watchers of a change that succeeded. Programs don't: what they do in a map is nobody's event.</summary>
    private protected int Noted(int result)
    {
        if (result == 0)
            Shared.NoteChange();
        return result;
    }

    /// <summary>Makes the map that programs see.</summary>
    private protected abstract RuntimeMap CreateRuntime(MapDescription description);

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach ((_, RuntimeMap runtime) in _described)
            (runtime as IDisposable)?.Dispose();
        Shared.Dispose();
    }

    private static MapDescription DescriptionOf(ObjectFile file, in MapObjectAttributes map, BtfGraph? btf) => new()
    {
        Id = file.Key.Id,
        Type = map.Type,
        KeySize = map.KeySize,
        ValueSize = map.ValueSize,
        MaxEntries = map.MaxEntries,
        Flags = map.Flags,
        Name = file.Header.Name.ToString(),
        Extra = map.MapExtra,
        Btf = btf,
        BtfKeyTypeId = map.BtfKeyTypeId,
        BtfValueTypeId = map.BtfValueTypeId,
    };
}
