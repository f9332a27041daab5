using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Queues;

/// <summary>
/// BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK. Under a lock, a push fills a free slot and a pop copies one out; then one store of both ends
/// is the turning point: a death before it leaves everything as it was, after it there is nothing left to do. A peek takes no lock.
/// </summary>
public sealed unsafe partial class QueueMap : SharedMap
{
    private const int PeekAttempts = 1000;
    private const int SnapshotAttempts = 20;

    private readonly bool _isStack;
    private readonly uint _slots;
    private readonly uint _stride;
    private readonly int _valueSize;
    private readonly bool _isDurable;
    private readonly byte* _elements;
    private readonly ChunkReservation _chunks;

    internal QueueMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        QueueLayout layout = QueueLayout.For(attributes);
        _isStack = attributes.Type == MapType.Stack;
        _slots = layout.Slots;
        _stride = layout.Stride;
        _valueSize = (int)attributes.ValueSize;
        _isDurable = attributes.IsDurable;
        _elements = Data + layout.ElementsOffset;
        _chunks = new ChunkReservation(
            (uint*)(Data + layout.BitmapOffset), WriteDescriptor, dataOffset + layout.ElementsOffset, (long)_stride * _slots, ChunkReservation.DenseShift);
    }

    /// <summary>Number of elements.</summary>
    public uint Count => QueueEnds.Read(ref EndsWord, _slots).Count;

    /// <summary>Called before each store that others see: tests die there.</summary>
    internal static Action? Interceptor { get; set; }

    // Safe: all three lie in the control block, which is mapped and was reserved at creation.
    private ref ulong EndsWord => ref *(ulong*)(Data + QueueLayout.EndsOffset);

    private ref uint Version => ref *(uint*)(Data + QueueLayout.VersionOffset);

    private uint* LockPlace => (uint*)(Data + QueueLayout.LockOffset);

    /// <summary>Looks at what a pop would take.</summary>
    /// <param name="key">Not used.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>Zero, or ENOENT.</returns>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* target = value)
            return Peek(target, clears: false);
    }

    /// <summary>Pushes.</summary>
    /// <param name="key">Not used.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Any, or Exist: a full map loses its oldest element.</param>
    /// <returns>Zero; E2BIG: full; EINVAL: other flags; ENOSPC.</returns>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        fixed (byte* source = value)
            return Push(source, flags);
    }

    /// <summary>Pops.</summary>
    /// <param name="key">Not used.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>Zero, or ENOENT.</returns>
    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* target = value)
            return Pop(target, clears: false);
    }

    /// <summary>Elements are taken from an end only.</summary>
    /// <param name="key">The key.</param>
    /// <returns>EINVAL.</returns>
    public override int Delete(ReadOnlySpan<byte> key) => -(int)Errno.EINVAL;

    /// <summary>There are no keys.</summary>
    /// <param name="key">The key.</param>
    /// <param name="next">The next key.</param>
    /// <returns>EINVAL.</returns>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => -(int)Errno.EINVAL;

    /// <summary>There are no batches.</summary>
    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        -(int)Errno.ENOTSUPP;

    /// <summary>Programs get copies.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Null.</returns>
    public override byte* LookupPointer(byte* key) => null;

    /// <summary>Pushes, for programs (<c>queue_stack_map_push_elem</c>).</summary>
    /// <param name="value">The value.</param>
    /// <param name="flags">Any or Exist.</param>
    /// <returns>As <see cref="Update"/>.</returns>
    public int Push(byte* value, UpdateFlags flags)
    {
        if (flags is not (UpdateFlags.Any or UpdateFlags.Exist))
            return -(int)Errno.EINVAL;
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return -(int)failure;
        Enter();
        QueueEnds ends = QueueEnds.Read(ref EndsWord, _slots);
        bool full = ends.Count == _slots - 1;
        failure = full && flags != UpdateFlags.Exist ? Errno.E2BIG : _chunks.Ensure((long)ends.Head * _stride, _stride);
        if (failure == Errno.None)
        {
            // The slot at the head holds no element; readers that still copy one from it notice.
            Interceptor?.Invoke();
            Interlocked.Increment(ref Version);
            Buffer.MemoryCopy(value, Slot(ends.Head), _valueSize, _valueSize);
            QueueEnds after = (full ? ends.WithoutOldest() : ends).WithOneMore();
            if (_isDurable)
                BeginChange(after, PartOf(ends.Head) - (full ? PartOf(ends.Tail) : 0));
            Interceptor?.Invoke();
            Volatile.Write(ref EndsWord, after.Word);
            Interceptor?.Invoke();
            if (_isDurable)
                EndChange();
        }

        SharedLock.Exit(LockPlace);
        return -(int)failure;
    }

    /// <summary>Pops, for programs (<c>queue_map_pop_elem</c>, <c>stack_map_pop_elem</c>).</summary>
    /// <param name="value">Receives the value; zeros if there is none.</param>
    /// <returns>Zero, or ENOENT.</returns>
    public int Pop(byte* value) => Pop(value, clears: true);

    /// <summary>Peeks, for programs.</summary>
    /// <param name="value">Receives the value; zeros if there is none.</param>
    /// <returns>Zero, or ENOENT.</returns>
    public int Peek(byte* value) => Peek(value, clears: true);

    private int Pop(byte* value, bool clears)
    {
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return -(int)failure;
        Enter();
        QueueEnds ends = QueueEnds.Read(ref EndsWord, _slots);
        Copy(ends, value, clears);
        if (ends.Count != 0)
        {
            QueueEnds after = _isStack ? ends.WithoutNewest() : ends.WithoutOldest();
            if (_isDurable)
                BeginChange(after, 0 - PartOf(_isStack ? after.Head : ends.Tail));
            Interceptor?.Invoke();
            Volatile.Write(ref EndsWord, after.Word);
            Interceptor?.Invoke();
            if (_isDurable)
                EndChange();
        }

        SharedLock.Exit(LockPlace);
        return ends.Count == 0 ? -(int)Errno.ENOENT : 0;
    }

    private int Peek(byte* value, bool clears)
    {
        QueueEnds ends;
        for (int attempt = 0; attempt < PeekAttempts; attempt++)
        {
            uint version = Volatile.Read(ref Version);
            ends = QueueEnds.Read(ref EndsWord, _slots);
            Copy(ends, value, clears);
            Volatile.ReadBarrier();
            if (Volatile.Read(ref Version) == version)
                return ends.Count == 0 ? -(int)Errno.ENOENT : 0;
        }

        // A process that may not lock takes what it finds.
        bool locked = BeginWrite() == Errno.None;
        if (locked)
            Enter();
        ends = QueueEnds.Read(ref EndsWord, _slots);
        Copy(ends, value, clears);
        if (locked)
            SharedLock.Exit(LockPlace);
        return ends.Count == 0 ? -(int)Errno.ENOENT : 0;
    }

    /// <summary>Reads the elements from the oldest to the newest, all as they were at one moment.</summary>
    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        byte[] buffer = [];
        bool whole = false;
        for (int attempt = 0; attempt < SnapshotAttempts && !whole; attempt++)
        {
            uint version = Volatile.Read(ref Version);
            if (!TryCopyAll(ref buffer))
                return Errno.E2BIG;
            Volatile.ReadBarrier();
            whole = Volatile.Read(ref Version) == version;
        }

        if (!whole)
        {
            if (BeginWrite() != Errno.None)
                return Errno.EAGAIN;
            Enter();
            whole = TryCopyAll(ref buffer);
            SharedLock.Exit(LockPlace);
        }

        for (int at = 0; whole && at < buffer.Length; at += _valueSize)
        {
            Errno failure = visitor([], buffer.AsSpan(at, _valueSize));
            if (failure != Errno.None)
                return failure;
        }

        return whole ? Errno.None : Errno.E2BIG;
    }

    private bool TryCopyAll(ref byte[] buffer)
    {
        QueueEnds ends = QueueEnds.Read(ref EndsWord, _slots);
        long length = (long)ends.Count * _valueSize;
        if (length > Array.MaxLength)
            return false;
        if (buffer.Length != length)
            buffer = new byte[length];
        uint slot = ends.Tail;
        for (int at = 0; at < length; at += _valueSize, slot = ends.After(slot))
            CopySlot(slot, buffer.AsSpan(at, _valueSize));
        return true;
    }

    /// <summary>Copies what a pop takes. Programs find zeros where there is nothing, commands what they gave.</summary>
    private void Copy(QueueEnds ends, byte* value, bool clears)
    {
        Span<byte> target = new(value, _valueSize);
        if (ends.Count == 0 && clears)
            target.Clear();
        else if (ends.Count != 0)
            CopySlot(_isStack ? ends.Before(ends.Head) : ends.Tail, target);
    }

    private void CopySlot(uint slot, Span<byte> target)
    {
        if (_chunks.IsReady((long)slot * _stride, _stride))
            new ReadOnlySpan<byte>(Slot(slot), _valueSize).CopyTo(target);
        else
            target.Clear(); // only where the file is damaged
    }

    // Safe: QueueEnds bounds slots by the number that the mapping was made for.
    private byte* Slot(uint slot) => _elements + ((long)slot * _stride);
}
