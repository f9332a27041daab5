using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// An array of other objects: an object's id in each slot, 0 for none. A slot changes by one store, while programs run through it.
/// What ids mean, and the references they stand for, is the engine's business.
/// </summary>
public abstract unsafe class IdArrayMap : SharedMap
{
    private readonly uint* _slots;
    private readonly uint _stride;
    private readonly uint _entries;
    private readonly ChunkReservation _chunks;

    private readonly ObjectKind _kind;

    private protected IdArrayMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset, ObjectKind kind)
        : base(attributes, file, descriptor, dataOffset)
    {
        _kind = kind;
        ArrayLayout layout = ArrayLayout.For(attributes);
        _slots = (uint*)(Data + layout.ElementsOffset);
        _stride = layout.Stride; // slots have no headers, in durable stores either
        _entries = attributes.MaxEntries;
        _chunks = new ChunkReservation(
            (uint*)(Data + layout.BitmapOffset), WriteDescriptor, dataOffset + layout.ElementsOffset, (long)layout.Stride * _entries,
            ChunkReservation.DenseShift);
    }

    /// <summary>Reads a slot.</summary>
    /// <param name="index">The slot.</param>
    /// <returns>An object's id, or 0.</returns>
    public uint IdAt(uint index)
    {
        long place = (long)index * _stride;
        return index < _entries && _chunks.IsReady(place, _stride) ? Volatile.Read(ref _slots[place / sizeof(uint)]) : 0;
    }

    /// <summary>Changes a slot.</summary>
    /// <param name="index">The slot.</param>
    /// <param name="id">An object's id, or 0 to empty it.</param>
    /// <param name="previous">What it held.</param>
    /// <returns>E2BIG: no such slot; ENOSPC.</returns>
    public Errno Exchange(uint index, uint id, out uint previous)
    {
        previous = 0;
        if (index >= _entries)
            return Errno.E2BIG;
        long place = (long)index * _stride;
        Errno failure = _chunks.Ensure(place, _stride);
        // One store: runners see the old program or the new one. The engine referred to the new one before, and drops the old after.
        if (failure == Errno.None)
            previous = Interlocked.Exchange(ref _slots[place / sizeof(uint)], id);
        return failure;
    }

    /// <summary>Tells the id in a slot.</summary>
    /// <param name="key">The slot.</param>
    /// <param name="value">Receives the id.</param>
    /// <returns>ENOENT: the slot is empty, or not there.</returns>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        uint id = IdAt(BinaryPrimitives.ReadUInt32LittleEndian(key));
        BinaryPrimitives.WriteUInt32LittleEndian(value, id);
        return id == 0 ? -(int)Errno.ENOENT : 0;
    }

    /// <summary>Slots take objects, which the engine puts in.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>EINVAL.</returns>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) => -(int)Errno.EINVAL;

    /// <summary>Slots are emptied by the engine.</summary>
    /// <param name="key">The key.</param>
    /// <returns>EINVAL.</returns>
    public override int Delete(ReadOnlySpan<byte> key) => -(int)Errno.EINVAL;

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        uint index = key.IsEmpty ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index == _entries - 1)
            return -(int)Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(next, index >= _entries ? 0 : index + 1);
        return 0;
    }

    /// <summary>There are no batch commands, unless a kind of array says so.</summary>
    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        -(int)Errno.ENOTSUPP;

    /// <summary>Reads the slots that hold an id.</summary>
    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        byte[] entry = new byte[2 * sizeof(uint)];
        for (uint index = 0; index < _entries; index++)
        {
            uint id = IdAt(index);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, index);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(sizeof(uint)), id);
            Errno failure = id == 0 ? Errno.None : visitor(entry.AsSpan(0, sizeof(uint)), entry.AsSpan(sizeof(uint)));
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    /// <summary>Programs get what an id stands for, from the engine.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Null.</returns>
    public override byte* LookupPointer(byte* key) => null;

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot(IsRepairOfThisBoot);

    /// <summary>
    /// Slots are single words, each as of the last sync or later. The reference that a slot stands for is a name, which may be missing although
    /// the slot is there: the object may be gone, and its id another's. Such a slot is empty.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        if (References is null)
            return;
        HashSet<uint> held = [.. References().Where(key => key.Kind == _kind).Select(key => key.Id)];
        for (uint index = 0; index < _entries; index++)
        {
            uint id = IdAt(index);
            if (id != 0 && !held.Contains(id))
                Volatile.Write(ref _slots[(long)index * _stride / sizeof(uint)], 0);
        }
    }
}
