using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.PerCpu;

/// <summary>
/// BPF_MAP_TYPE_PERCPU_ARRAY: an array in which each slot has a row of elements. User space sees the values of all slots, and replaces
/// them one by one, as the kernel does: a writer killed in between has replaced those of some slots, each wholly or not at all.
/// </summary>
public sealed unsafe class PerCpuArray : SharedMap, IPerCpuMap
{
    private readonly ArrayMap _array;
    private readonly uint _entries;
    private readonly uint _row;
    private readonly int _stride;

    internal PerCpuArray(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _array = new ArrayMap(PerCpuShape.AsArray(attributes), file, descriptor, dataOffset);
        _entries = attributes.MaxEntries;
        _row = PerCpuShape.Row(attributes);
        _stride = (int)PerCpuShape.StrideOf(attributes);
        Slots = (int)attributes.ExecutionSlots;
    }

    /// <inheritdoc/>
    public int Slots { get; }

    /// <summary>The memory of slot 0, for generated code.</summary>
    /// <param name="view">The memory.</param>
    /// <returns>Whether generated code may look up by itself.</returns>
    public bool TryGetView(out ArrayView view)
    {
        bool may = _array.TryGetView(out ArrayView all);
        view = new(all.Elements, all.Stride, _entries, all.ReadyChunks, all.ChunkShift);
        return may;
    }

    /// <summary>Bytes from a slot's memory to the next one's.</summary>
    public long SlotStride => (long)_row * _stride;

    /// <summary>Bytes of the values of all slots, each rounded up to 8.</summary>
    public override int ValueBufferSize => _stride * Slots;

    /// <inheritdoc/>
    public override bool HasBatch(BpfCommand command) => _array.HasBatch(command);

    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries)
            return -(int)Errno.ENOENT;
        for (int slot = 0; slot < Slots; slot++)
            _array.Read(Place(slot, index), value.Slice(slot * _stride, _stride));
        return 0;
    }

    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        if (flags > UpdateFlags.Exist)
            return -(int)Errno.EINVAL;
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries)
            return -(int)Errno.E2BIG;
        if (flags == UpdateFlags.NoExist)
            return -(int)Errno.EEXIST;
        for (int slot = 0; slot < Slots; slot++)
        {
            // A death between two: some slots have their new value, the others the old one. Each value is whole.
            Errno failure = _array.Write(Place(slot, index), value.Slice(slot * _stride, _stride));
            if (failure != Errno.None)
                return -(int)failure;
        }

        return 0;
    }

    /// <summary>An update by a program, which sees one slot (<c>array_map_update_elem</c>).</summary>
    /// <param name="slot">The slot that the run holds.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, without what rounds it up.</param>
    /// <param name="flags">BPF_ANY or BPF_EXIST.</param>
    /// <returns>Zero, or the negated error.</returns>
    public int UpdateSlot(uint slot, byte* key, byte* value, UpdateFlags flags)
    {
        if ((flags & ~UpdateFlags.Lock) > UpdateFlags.Exist)
            return -(int)Errno.EINVAL;
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= _entries || slot >= (uint)Slots)
            return -(int)Errno.E2BIG;
        if ((flags & UpdateFlags.NoExist) != 0)
            return -(int)Errno.EEXIST;
        if ((flags & UpdateFlags.Lock) != 0)
            return -(int)Errno.EINVAL; // no value here holds a spin lock

        // Safe: the caller vouches for the value's bytes.
        ReadOnlySpan<byte> bytes = new(value, (int)Attributes.ValueSize);
        uint place = Place((int)slot, index);
        return -(int)(bytes.Length == _stride ? _array.Write(place, bytes) : WriteRounded(place, bytes));
    }

    private Errno WriteRounded(uint place, ReadOnlySpan<byte> value)
    {
        // At most 32 KiB of stack.
        Span<byte> rounded = stackalloc byte[_stride];
        value.CopyTo(rounded);
        rounded[value.Length..].Clear();
        return _array.Write(place, rounded);
    }

    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key) => -(int)Errno.EINVAL;

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => ArrayMap.NextKey(_entries, key, next);

    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        ArrayMap.LookupBatch(this, inBatch, outBatch, keys, values, ref count, andDelete);

    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        byte[] key = new byte[sizeof(uint)];
        byte[] value = new byte[ValueBufferSize];
        for (long index = NextPresent(0); index < _entries; index = NextPresent(index + 1))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(key, (uint)index);
            _ = Lookup(key, value);
            Errno failure = visitor(key, value);
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    public override byte* LookupPointer(byte* key) => LookupPointer(0, key);

    /// <summary>Looks up a slot's value for a program.</summary>
    /// <param name="slot">Any number.</param>
    /// <param name="key">The key.</param>
    /// <returns>The value in shared memory, or null.</returns>
    public byte* LookupPointer(uint slot, byte* key)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= _entries || slot >= (uint)Slots)
            return null;
        uint place = Place((int)slot, index);
        return _array.LookupPointer((byte*)&place);
    }

    /// <inheritdoc/>
    private protected override void RepairAfterBoot() => _array.Repair();

    /// <inheritdoc/>
    private protected override ulong Changes => _array.ChangesOfElements;

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _array.RestoreElements(IsRepairOfThisBoot);

    /// <inheritdoc/>
    private protected override Errno Recover(MapSnapshot snapshot) => _array.Recover(visitor => snapshot.ReadAll((key, value) =>
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        Span<byte> place = stackalloc byte[sizeof(uint)];
        for (int slot = 0; slot < Slots && index < _entries; slot++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(place, Place(slot, index));
            Errno failure = visitor(place, value.Slice(slot * _stride, _stride));
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }));

    /// <inheritdoc/>
    private protected override void Release() => _array.Dispose();

    /// <summary>The first element from one on of which memory may be there in any slot.</summary>
    private long NextPresent(long from)
    {
        long first = _entries;
        for (int slot = 0; slot < Slots; slot++)
            first = Math.Min(first, Math.Max(from, _array.NextPresent(((long)slot * _row) + from) - ((long)slot * _row)));
        return first;
    }

    /// <summary>Which element of the array a slot's is: below its length, since the shape was checked, index is below the entries and slot below the slots.</summary>
    private uint Place(int slot, uint index) => ((uint)slot * _row) + index;
}
