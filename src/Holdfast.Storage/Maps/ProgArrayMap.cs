using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// BPF_MAP_TYPE_PROG_ARRAY: a program's id in each slot, 0 for none. A slot changes by one store, while programs run through it.
/// What ids mean, and the references they stand for, is the engine's business.
/// </summary>
public sealed unsafe class ProgArrayMap : SharedMap
{
    private readonly uint* _slots;
    private readonly uint _stride;
    private readonly uint _entries;
    private readonly ChunkReservation _chunks;

    internal ProgArrayMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        ArrayLayout layout = ArrayLayout.For(attributes);
        _slots = (uint*)(Data + layout.ElementsOffset);
        _stride = layout.Stride; // slots have no headers, in durable stores either
        _entries = attributes.MaxEntries;
        _chunks = new ChunkReservation(
            (uint*)(Data + layout.BitmapOffset), WriteDescriptor, dataOffset + layout.ElementsOffset, (long)layout.Stride * _entries,
            ChunkReservation.DenseShift);
    }

    /// <summary>
    /// Claims the array for programs of one sort, or finds that it is theirs. It is so for as long as the array lives, whether programs
    /// are in it or not (<c>__bpf_prog_map_compatible</c>). The word is shared: who runs a program from a slot looks at the program itself.
    /// </summary>
    /// <param name="sort">The sort, as the engine tells them apart; not 0.</param>
    /// <returns>Whether programs of this sort may use the array and be in it. A process that may not write can't claim it, only ask.</returns>
    public bool TryOwn(ulong sort)
    {
        ref ulong owner = ref *(ulong*)(Data + ArrayLayout.OwnerOffset);
        ulong seen = IsWritable ? Interlocked.CompareExchange(ref owner, sort, 0) : Volatile.Read(ref owner);
        return seen == 0 || seen == sort;
    }

    /// <summary>The sort of programs that an array belongs to, read from its file; 0 while there is none.</summary>
    /// <param name="descriptor">The array's file.</param>
    /// <param name="dataOffset">Where its data begins.</param>
    /// <param name="sort">The sort, as given to <see cref="TryOwn"/>.</param>
    /// <returns><see cref="Errno.None"/>, or why it can't be read.</returns>
    public static Errno ReadOwner(int descriptor, long dataOffset, out ulong sort)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        int count = Posix.Read(descriptor, word, dataOffset + ArrayLayout.OwnerOffset);
        sort = count == word.Length ? BinaryPrimitives.ReadUInt64LittleEndian(word) : 0;
        return count < 0 ? (Errno)(-count) : Errno.None;
    }

    /// <summary>Reads a slot.</summary>
    /// <param name="index">The slot.</param>
    /// <returns>A program's id, or 0.</returns>
    public uint ProgramAt(uint index)
    {
        long place = (long)index * _stride;
        return index < _entries && _chunks.IsReady(place, _stride) ? Volatile.Read(ref _slots[place / sizeof(uint)]) : 0;
    }

    /// <summary>Changes a slot.</summary>
    /// <param name="index">The slot.</param>
    /// <param name="program">A program's id, or 0 to empty it.</param>
    /// <param name="previous">What it held.</param>
    /// <returns>E2BIG: no such slot; ENOSPC.</returns>
    public Errno Exchange(uint index, uint program, out uint previous)
    {
        previous = 0;
        if (index >= _entries)
            return Errno.E2BIG;
        long place = (long)index * _stride;
        Errno failure = _chunks.Ensure(place, _stride);
        // One store: runners see the old program or the new one. The engine referred to the new one before, and drops the old after.
        if (failure == Errno.None)
            previous = Interlocked.Exchange(ref _slots[place / sizeof(uint)], program);
        return failure;
    }

    /// <summary>Tells the id of the program in a slot.</summary>
    /// <param name="key">The slot.</param>
    /// <param name="value">Receives the id.</param>
    /// <returns>ENOENT: the slot is empty, or not there.</returns>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        uint program = ProgramAt(BinaryPrimitives.ReadUInt32LittleEndian(key));
        BinaryPrimitives.WriteUInt32LittleEndian(value, program);
        return program == 0 ? -(int)Errno.ENOENT : 0;
    }

    /// <summary>Slots take programs, which the engine puts in.</summary>
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

    /// <summary>Prog arrays have no batch commands.</summary>
    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        -(int)Errno.ENOTSUPP;

    /// <summary>Reads the slots that hold a program.</summary>
    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        byte[] entry = new byte[2 * sizeof(uint)];
        for (uint index = 0; index < _entries; index++)
        {
            uint program = ProgramAt(index);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, index);
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(sizeof(uint)), program);
            Errno failure = program == 0 ? Errno.None : visitor(entry.AsSpan(0, sizeof(uint)), entry.AsSpan(sizeof(uint)));
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    /// <summary>Programs can't look into a prog array.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Null.</returns>
    public override byte* LookupPointer(byte* key) => null;

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot();

    /// <summary>
    /// Slots are single words, each as of the last sync or later. The reference that a slot stands for is a name, which may be missing although
    /// the slot is there: the program may be gone, and its id another's. Such a slot is empty.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        if (References is null)
            return;
        HashSet<uint> held = [.. References().Where(key => key.Kind == ObjectKind.Program).Select(key => key.Id)];
        for (uint index = 0; index < _entries; index++)
        {
            uint program = ProgramAt(index);
            if (program != 0 && !held.Contains(program))
                Volatile.Write(ref _slots[(long)index * _stride / sizeof(uint)], 0);
        }
    }
}
