using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>
/// What both kinds of ring have in common: two positions that only grow, and records between them, each behind a header of its length
/// with two marks, in memory that is mapped twice in a row (kernel/bpf/ringbuf.c). Positions and headers are shared: whoever uses one
/// bounds it by the ring's size first, which is private.
/// </summary>
public abstract unsafe class RingMap : RecordMap
{
    /// <summary>Mark of a record that is not complete yet.</summary>
    private protected const uint Busy = 1u << 31;

    /// <summary>Mark of a record to be passed over.</summary>
    private protected const uint Discarded = 1u << 30;

    private readonly ChunkReservation _chunks;
    private MirroredPages? _pages;
    private byte* _records;

    private protected RingMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        Size = attributes.MaxEntries;
        _chunks = new ChunkReservation(
            (uint*)(Data + RingLayout.BitmapOffset), WriteDescriptor, dataOffset + RingLayout.RecordsOffset, Size, ChunkReservation.DenseShift);
    }

    /// <summary>Bytes of all records and their headers: a power of two.</summary>
    internal uint Size { get; }

    /// <summary>The lock word.</summary>
    private protected uint* LockPlace => (uint*)(Data + RingLayout.LockOffset);

    // Safe: all lie in the control block, which is mapped and was reserved at creation.
    internal ref ulong ProducerPosition => ref *(ulong*)(Data + RingLayout.ProducerOffset);

    internal ref ulong ConsumerPosition => ref *(ulong*)(Data + RingLayout.ConsumerOffset);

    /// <summary>A position's place in memory: from there on at least <see cref="Size"/> bytes are mapped.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* At(ulong position) => _records + (position & (Size - 1));

    /// <summary>Whether bytes from a position on, at most <see cref="Size"/>, can be touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsReady(ulong position, uint length)
    {
        long start = (long)(position & (Size - 1)), end = start + length;
        return end <= Size ? _chunks.IsReady(start, length) : _chunks.IsReady(start, Size - start) && _chunks.IsReady(0, end - Size);
    }

    /// <summary>Reserves the memory of bytes from a position on, at most <see cref="Size"/>.</summary>
    /// <returns>ENOSPC, …</returns>
    internal Errno Ensure(ulong position, uint length)
    {
        long start = (long)(position & (Size - 1)), end = start + length;
        if (end <= Size)
            return _chunks.Ensure(start, length);
        Errno failure = _chunks.Ensure(start, Size - start);
        return failure == Errno.None ? _chunks.Ensure(0, end - Size) : failure;
    }

    /// <summary>Whether who reserved a record is gone for sure.</summary>
    internal bool IsOwnerDead(ulong position) => Leases.IsDead(Volatile.Read(ref *((uint*)At(position) + 1)));

    /// <summary>
    /// Turns records from one position to another that their writers never completed into discarded ones. Nobody writes there any more.
    /// </summary>
    /// <returns>Whether the records are a sound chain; if not, nothing behind the damage was changed.</returns>
    internal bool DiscardBusy(ulong from, ulong to)
    {
        if (to - from > Size || ((from | to) & 7) != 0)
            return false;

        // Each step is a stride of at least 8 bytes towards an end at most Size away.
        while (from != to)
        {
            if (!IsReady(from, RingRecordHeader.Size))
                return false;
            ref uint word = ref *(uint*)At(from);
            uint seen = Volatile.Read(ref word);
            RingRecordHeader header = new(seen);
            if (header.Length > Size || header.Stride > to - from)
                return false;
            if (header.IsBusy)
                Volatile.Write(ref word, header.Length | Discarded);
            from += header.Stride;
        }

        return true;
    }

    /// <summary>Rings have no elements (<c>ringbuf_map_lookup_elem</c>).</summary>
    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value) => -(int)Errno.ENOTSUPP;

    /// <summary>Rings have no elements.</summary>
    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) => -(int)Errno.ENOTSUPP;

    /// <summary>Rings have no elements.</summary>
    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key) => -(int)Errno.ENOTSUPP;

    /// <summary>Rings have no keys.</summary>
    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => -(int)Errno.ENOTSUPP;

    /// <inheritdoc/>
    private protected override Errno Complete()
    {
        Errno failure = MirroredPages.TryMap(Descriptor, DataOffset + RingLayout.RecordsOffset, Size, IsWritable, out _pages);
        _records = failure == Errno.None ? _pages!.Base : null;
        return failure;
    }

    /// <inheritdoc/>
    private protected override void Release() => _pages?.Dispose();

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot();

    /// <summary>
    /// Nobody who wrote or read is left, and of each record any part may have reached the disk, its header without its bytes too: what was on
    /// its way is gone.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        Volatile.Write(ref *LockPlace, 0);
        Volatile.Write(ref Waiting, 0);
        ulong end = Volatile.Read(ref ProducerPosition) & ~7ul;
        Volatile.Write(ref ProducerPosition, end);
        Volatile.Write(ref ConsumerPosition, end);
    }
}
