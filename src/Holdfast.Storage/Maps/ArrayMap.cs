using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// BPF_MAP_TYPE_ARRAY. Values of up to 8 bytes are updated by one store. Larger ones are written twice: whole into a redo buffer,
/// then in place, so that whoever finds the writer dead completes the update, and readers never see half of it. Stores that
/// programs make through pointers are atomic by word only, as in the kernel.
/// </summary>
public sealed unsafe partial class ArrayMap : SharedMap
{
    private const int OptimisticReads = 1000;

    private readonly byte* _elements;
    private readonly byte* _redo;
    private readonly ElementPlacement _placement;
    private readonly uint _stride;
    private readonly uint _valueOffset;
    private readonly bool _isDurable;
    private readonly uint _entries;
    private readonly int _valueSize;
    private readonly ValueFields? _fields;
    private readonly ChunkReservation _chunks;

    internal ArrayMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        ArrayLayout layout = ArrayLayout.For(attributes);
        _elements = Data + layout.ElementsOffset;
        _redo = Data + layout.RedoOffset;
        _placement = layout.Placement;
        _stride = layout.Stride;
        _valueOffset = layout.ValueOffset;
        _isDurable = attributes.IsDurable;
        _entries = attributes.MaxEntries;
        _valueSize = (int)attributes.ValueSize;
        _fields = attributes.Fields;
        _chunks = new ChunkReservation(
            (uint*)(Data + layout.BitmapOffset), WriteDescriptor, dataOffset + layout.ElementsOffset, _placement.LengthOf(_entries),
            ChunkReservation.DenseShift);
    }

    /// <summary>
    /// The memory for generated code; of no use where an element may lie in two chunks, or where a lookup leaves a mark.
    /// </summary>
    /// <param name="view">The memory.</param>
    /// <returns>Whether generated code may look up by itself.</returns>
    public bool TryGetView(out ArrayView view)
    {
        // Memory that is there stays: who has all of it need not ask. One chunk is what the first use would reserve anyhow.
        long length = _placement.LengthOf(_entries);
        bool whole = _chunks.IsReady(0, length) || (length <= 1L << _chunks.Shift && _chunks.Ensure(0, length) == Errno.None);
        view = new(_elements, _stride, _entries, whole ? null : _chunks.Bitmap, _chunks.Shift);
        if (HasValueLock && BeginWrite() != Errno.None)
            return false; // as in LookupPointer: who gets an address of a lock must be able to lock
        return !HasHeaders && ((1L << _chunks.Shift) % _stride == 0 || (long)_stride * _entries <= 1L << _chunks.Shift);
    }

    /// <inheritdoc/>
    public override DirectReader DirectReader => _valueSize switch
    {
        _ when _fields != null || HasHeaders => this,
        sizeof(ulong) => new WordReader<ulong>(this),
        sizeof(uint) => new WordReader<uint>(this),
        _ => this,
    };

    /// <summary>Whether each value is preceded by an <see cref="ArrayElement"/>.</summary>
    private bool HasHeaders => _valueOffset != 0;

    // Safe: all three lie in the control block, which is mapped and was reserved at creation.
    private uint* LockPlace => (uint*)(Data + ArrayLayout.LockOffset);

    private ref ulong RedoIndex => ref *(ulong*)(Data + ArrayLayout.RedoIndexOffset);

    private ref ulong Version => ref *(ulong*)(Data + ArrayLayout.VersionOffset);

    /// <summary>Elements of an array can't be deleted, in batches neither.</summary>
    /// <param name="command">One of the four batch commands.</param>
    /// <returns>Whether it has.</returns>
    public override bool HasBatch(BpfCommand command) => command is BpfCommand.MapLookupBatch or BpfCommand.MapUpdateBatch;

    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries)
            return -(int)Errno.ENOENT;
        Read(index, value[.._valueSize]);
        return 0;
    }

    /// <summary>Reads an element.</summary>
    /// <param name="index">Its index, below the number of entries.</param>
    /// <param name="value">Receives the value; as long as that.</param>
    internal void Read(uint index, Span<byte> value)
    {
        long place = _placement.OffsetOf(index);
        if (!_chunks.IsReady(place, _stride))
        {
            value.Clear();
            return;
        }

        byte* element = _elements + place + _valueOffset;
        if (_fields != null)
        {
            ReadLarge(index, element, value);
            _fields.Hide(value);
        }
        else if (_valueSize == 8)
            BinaryPrimitives.WriteUInt64LittleEndian(value, Volatile.Read(ref *(ulong*)element));
        else if (_valueSize == 4)
            BinaryPrimitives.WriteUInt32LittleEndian(value, Volatile.Read(ref *(uint*)element));
        else if (_valueSize < 8)
            CopySmall(Volatile.Read(ref *(ulong*)element), value);
        else
            ReadLarge(index, element, value);
    }

    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        if ((flags & ~UpdateFlags.Lock) > UpdateFlags.Exist)
            return -(int)Errno.EINVAL;
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries)
            return -(int)Errno.E2BIG;
        if ((flags & UpdateFlags.NoExist) != 0)
            return -(int)Errno.EEXIST;
        if ((flags & UpdateFlags.Lock) != 0)
            return HasValueLock ? -(int)WriteLocked(index, value[.._valueSize]) : -(int)Errno.EINVAL; // found last, as in array_map_update_elem
        return -(int)Write(index, value[.._valueSize]);
    }

    /// <summary>Replaces an element.</summary>
    /// <param name="index">Its index, below the number of entries.</param>
    /// <param name="value">The value, of the value size.</param>
    /// <returns>ENOSPC, EPERM, EAGAIN, …</returns>
    internal Errno Write(uint index, ReadOnlySpan<byte> value)
    {
        Errno failure = BeginWrite();
        if (failure == Errno.None)
            failure = _chunks.Ensure(_placement.OffsetOf(index), _stride);
        if (failure != Errno.None)
            return failure;
        byte* element = ValueOf(index);
        if (_valueSize <= 8 && _fields == null)
            WriteSmall(element, value);
        else
            WriteLarge(index, value);
        return Errno.None;
    }

    /// <summary>Elements of an array can't be deleted.</summary>
    /// <param name="key">The key.</param>
    /// <returns>EINVAL.</returns>
    public override int Delete(ReadOnlySpan<byte> key) => -(int)Errno.EINVAL;

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => NextKey(_entries, key, next);

    /// <summary>The next key of an array (<c>bpf_array_get_next_key</c>).</summary>
    internal static int NextKey(uint entries, ReadOnlySpan<byte> key, Span<byte> next)
    {
        uint index = key.IsEmpty ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index == entries - 1)
            return -(int)Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(next, index >= entries ? 0 : index + 1);
        return 0;
    }

    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        LookupBatch(this, inBatch, outBatch, keys, values, ref count, andDelete);

    /// <summary>A batch lookup in a map whose keys are indices.</summary>
    internal static int LookupBatch(
        SharedMap map, ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete, bool withLock = false)
    {
        uint room = count, entries = map.Attributes.MaxEntries;
        int valueSize = map.ValueBufferSize;
        count = 0;
        if (andDelete)
            return -(int)Errno.ENOTSUPP;
        // The token is the last key that was read; one past the end starts over, as next_key does (generic_map_lookup_batch).
        ulong index = inBatch.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(inBatch) + 1ul;
        if (index > entries)
            index = 0;
        for (; count < room && index < entries; count++, index++)
        {
            Span<byte> key = keys.Slice((int)count * 4, 4);
            BinaryPrimitives.WriteUInt32LittleEndian(key, (uint)index);
            Span<byte> value = values.Slice((int)count * valueSize, valueSize);
            if ((withLock ? map.LookupLocked(key, value) : map.Lookup(key, value)) is var failure && failure != 0 && withLock)
                return failure;
        }

        if (count > 0)
            BinaryPrimitives.WriteUInt32LittleEndian(outBatch, (uint)(index - 1));
        return count < room ? -(int)Errno.ENOENT : 0;
    }

    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        if (_valueSize > Array.MaxLength)
            return Errno.E2BIG;
        byte[] key = new byte[sizeof(uint)];
        byte[] value = new byte[_valueSize];
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

    /// <summary>The first element from one on of which memory may be there.</summary>
    internal long NextPresent(long from) =>
        from >= _entries ? _entries : Math.Max(from, _placement.CountBefore(_chunks.NextReady(_placement.OffsetOf((uint)from))));

    /// <inheritdoc/>
    public override byte* LookupPointer(byte* key)
    {
        uint index = Unsafe.ReadUnaligned<uint>(key);
        if (index >= _entries)
            return null;
        long place = _placement.OffsetOf(index);

        // A full file system makes the element absent: a program must check for null anyhow.
        if (_chunks.Ensure(place, _stride) != Errno.None)
            return null;
        // So does one who can have no lease to lock with.
        if (_fields != null && HasValueLock && BeginWrite() != Errno.None)
            return null;
        if (HasHeaders && IsWritable)
            MarkLoose(index);
        return _elements + place + _valueOffset;
    }

    /// <summary>The first value, for programs that address it directly; null if it can't be reserved.</summary>
    /// <returns>The address.</returns>
    public byte* ValueBase()
    {
        uint first = 0;
        return LookupPointer((byte*)&first);
    }

    private static void CopySmall(ulong word, Span<byte> value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
        bytes[..value.Length].CopyTo(value);
    }

    /// <summary>One store publishes the whole value: a death before or after it leaves the old or the new one.</summary>
    private static void WriteSmall(byte* element, ReadOnlySpan<byte> value)
    {
        if (value.Length == sizeof(ulong))
            Volatile.Write(ref *(ulong*)element, BinaryPrimitives.ReadUInt64LittleEndian(value));
        else if (value.Length == sizeof(uint))
            Volatile.Write(ref *(ulong*)element, BinaryPrimitives.ReadUInt32LittleEndian(value));
        else
            WriteOdd(element, value);
    }

    private static void WriteOdd(byte* element, ReadOnlySpan<byte> value)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        value.CopyTo(bytes);
        Volatile.Write(ref *(ulong*)element, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
    }

    private void WriteLarge(uint index, ReadOnlySpan<byte> value)
    {
        if (SharedLock.Enter(LockPlace, Leases) == SharedLock.Entry.TakenOver)
            Redo();
        Interlocked.Increment(ref Version);
        // A death while the redo buffer fills: RedoIndex is 0, so nobody looks at it, and the element is the old one.
        value.CopyTo(new Span<byte>(_redo, _valueSize));
        // From the store of the index on the update is done, whoever completes it: readers of this element take the redo buffer.
        if (_isDurable)
            RedoCheck = CheckOfRedo(index);
        Interlocked.Exchange(ref RedoIndex, index + 1ul);
        CopyFromRedo(index);
        // The element is whole. A death before this store only has the same bytes copied once more.
        // The version moves first: a reader that sees RedoIndex back at 0 must not find the version that it began with.
        Interlocked.Increment(ref Version);
        Interlocked.Exchange(ref RedoIndex, 0);
        SharedLock.Exit(LockPlace);
    }

    /// <summary>Completes the update of a writer that died.</summary>
    private void Redo()
    {
        ulong pending = Volatile.Read(ref RedoIndex);
        if (pending - 1 < _entries && _chunks.Ensure(_placement.OffsetOf((uint)(pending - 1)), _stride) == Errno.None)
            CopyFromRedo((uint)(pending - 1));
        // A new version, so that a reader that began in the dead writer's time looks again; before RedoIndex, as in WriteLarge.
        Interlocked.Increment(ref Version);
        Interlocked.Exchange(ref RedoIndex, 0);
    }

    private void ReadLarge(uint index, byte* element, Span<byte> value)
    {
        for (int attempt = 0; attempt < OptimisticReads; attempt++)
        {
            ulong version = Volatile.Read(ref Version);
            ulong redo = Volatile.Read(ref RedoIndex);
            new ReadOnlySpan<byte>(redo == index + 1ul ? _redo : element, _valueSize).CopyTo(value);
            Volatile.ReadBarrier();

            // No update began (version) or passed its turning point (RedoIndex) meanwhile, so what was copied held still: the
            // element, or the redo buffer of this element's update, whose writer may be dead.
            if (Volatile.Read(ref RedoIndex) == redo && Volatile.Read(ref Version) == version)
                return;
        }

        if (BeginWrite() != Errno.None)
            return; // a reader without the right to lock, against a writer that never rests: atomic by word
        if (SharedLock.Enter(LockPlace, Leases) == SharedLock.Entry.TakenOver)
            Redo();
        new ReadOnlySpan<byte>(element, _valueSize).CopyTo(value);
        SharedLock.Exit(LockPlace);
    }
}
