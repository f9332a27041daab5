using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.PerCpu;

/// <summary>
/// BPF_MAP_TYPE_PERCPU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH: a hash map whose values have a part for each slot. User space replaces an entry as a whole. A program changes
/// its slot's part in place, so that what runs in other slots loses nothing; of more than 8 bytes, a death in the middle leaves it half new.
/// </summary>
public sealed unsafe class PerCpuHash : SharedMap, IPerCpuMap
{
    private readonly HashMap _hash;
    private readonly int _stride;

    internal PerCpuHash(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _hash = new HashMap(PerCpuShape.AsHash(attributes), file, descriptor, dataOffset);
        _stride = (int)PerCpuShape.StrideOf(attributes);
        Slots = (int)attributes.ExecutionSlots;
    }

    /// <inheritdoc/>
    public int Slots { get; }

    /// <summary>Number of entries; see <see cref="HashMap.Count"/>.</summary>
    public uint Count => _hash.Count;

    /// <summary>Bytes of the values of all slots, each rounded up to 8.</summary>
    public override int ValueBufferSize => _stride * Slots;

    /// <inheritdoc/>
    public override int BatchTokenSize => _hash.BatchTokenSize;

    /// <inheritdoc/>
    public override bool HasBatch(BpfCommand command) => _hash.HasBatch(command);

    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value) => _hash.Lookup(key, value);

    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) => _hash.Update(key, value, flags);

    /// <summary>An update by a program, which sees one slot (<c>htab_percpu_map_update_elem</c>).</summary>
    /// <param name="slot">The slot that the run holds.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, without what rounds it up.</param>
    /// <param name="flags">Create, change, or both.</param>
    /// <returns>Zero, or the negated error.</returns>
    public int UpdateSlot(uint slot, byte* key, byte* value, UpdateFlags flags) => slot < (uint)Slots
        ? _hash.UpdatePart(key, (int)slot * _stride, value, (int)Attributes.ValueSize, flags)
        : -(int)Errno.E2BIG;

    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key) => _hash.Delete(key);

    /// <summary>Deletes an entry, for programs.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Zero, or ENOENT.</returns>
    public int Delete(byte* key) => _hash.Delete(key);

    /// <inheritdoc/>
    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value) => _hash.LookupAndDelete(key, value);

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => _hash.NextKey(key, next);

    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        _hash.LookupBatch(inBatch, outBatch, keys, values, ref count, andDelete);

    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor) => _hash.ReadEntries(visitor);

    /// <inheritdoc/>
    public override byte* LookupPointer(byte* key) => LookupPointer(0, key);

    /// <summary>Looks up a slot's value for a program.</summary>
    /// <param name="slot">Any number.</param>
    /// <param name="key">The key.</param>
    /// <returns>The value in shared memory, or null.</returns>
    public byte* LookupPointer(uint slot, byte* key)
    {
        byte* value = slot < (uint)Slots ? _hash.LookupPointer(key) : null;

        // Safe: the value has a part for each slot, and the slot is one of them.
        return value == null ? null : value + ((int)slot * _stride);
    }

    /// <summary>See <see cref="HashMap.Repair"/>.</summary>
    public void Repair() => _hash.Repair();

    /// <inheritdoc/>
    private protected override void RepairAfterBoot() => _hash.RepairParts();

    /// <inheritdoc/>
    private protected override ulong Changes => _hash.ChangesOfParts;

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _hash.RestoreParts();

    /// <inheritdoc/>
    private protected override Errno Recover(MapSnapshot snapshot) => _hash.RecoverParts(snapshot);

    /// <inheritdoc/>
    private protected override uint BeginEpoch() => _hash.BeginEpochOfParts();

    /// <inheritdoc/>
    private protected override Errno ReadEntriesOf(uint epoch, EntryVisitor visitor) => _hash.ReadPartsOf(epoch, visitor);

    /// <inheritdoc/>
    private protected override void Release() => _hash.Dispose();
}
