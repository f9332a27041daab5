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
    internal bool DiscardBusy(ulong from, ulong to) => DiscardBusyUpTo(from, to) == to;

    /// <summary>As above.</summary>
    /// <returns>Where the sound chain ends.</returns>
    private ulong DiscardBusyUpTo(ulong from, ulong to)
    {
        if (to - from > Size || ((from | to) & 7) != 0)
            return ~to;

        // Each step is a stride of at least 8 bytes towards an end at most Size away.
        while (from != to)
        {
            if (!IsReady(from, RingRecordHeader.Size))
                return from;
            ref uint word = ref *(uint*)At(from);
            uint seen = Volatile.Read(ref word);
            RingRecordHeader header = new(seen);
            if (header.Length > Size || header.Stride > to - from)
                return from;
            if (header.IsBusy)
                Volatile.Write(ref word, header.Length | Discarded);
            from += header.Stride;
        }

        return from;
    }

    /// <summary>
    /// Takes over the records of another ring of this size that nobody has read yet, while it is in use: those that were published at one moment, in their
    /// order. One that its writer has not completed by then is not taken, as if its writer had died. Nobody else uses this ring, which is empty.
    /// </summary>
    /// <param name="other">The ring.</param>
    /// <param name="records">Records taken.</param>
    /// <returns>ENOSPC; EAGAIN: it is read faster than it can be copied.</returns>
    internal Errno TakeOver(RingMap other, out long records)
    {
        const int Attempts = 10_000;
        records = 0;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            ulong from = Volatile.Read(ref other.ConsumerPosition), to = Volatile.Read(ref other.ProducerPosition);
            Errno failure = other.Size == Size && IsWritable ? TryTakeOver(other, from, to, out records) : Errno.EINVAL;
            if (failure != Errno.EAGAIN)
                return failure;
        }

        return Errno.EAGAIN;
    }

    /// <summary>EAGAIN: what was to be copied has been read meanwhile, and perhaps written over.</summary>
    private Errno TryTakeOver(RingMap other, ulong from, ulong to, out long records)
    {
        records = 0;
        ulong at = from, put = 0;
        while (at != to)
        {
            // Before a header is used it is bounded by the ring; one that can't be ends what is there, as it does for a reader.
            bool isSound = to - at <= Size && (at & 7) == 0 && other.IsReady(at, RingRecordHeader.Size);
            RingRecordHeader header = new(isSound ? Volatile.Read(ref *(uint*)other.At(at)) : 0);
            isSound = isSound && header.Length <= Size && header.Stride <= to - at && other.IsReady(at, header.Stride);
            bool isTaken = isSound && !header.IsBusy && !header.IsDiscarded;
            Errno failure = isTaken ? Ensure(put, header.Stride) : Errno.None;
            if (failure != Errno.None)
                return failure;
            if (isTaken)
            {
                // Safe: both rings have Size bytes mapped from any place, and a stride is at most that.
                Buffer.MemoryCopy(other.At(at), At(put), Size, header.Stride);
                *(ulong*)At(put) = header.Length;
            }

            // The record's bytes before the position: what its reader has not passed by now, no writer has written over.
            Interlocked.MemoryBarrier();
            ulong consumer = Volatile.Read(ref other.ConsumerPosition);
            if ((long)(consumer - at) > 0)
                return Errno.EAGAIN;
            if (!isSound)
                break;
            put += isTaken ? header.Stride : 0;
            records += isTaken ? 1 : 0;
            at += header.Stride;
        }

        Volatile.Write(ref ConsumerPosition, 0);
        Volatile.Write(ref ProducerPosition, put);
        return Errno.None;
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
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot(IsRepairOfThisBoot);

    /// <summary>
    /// Nobody who wrote or read is left, and of each record any part may have reached the disk, its header without its bytes too: what was on
    /// its way is gone.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        Volatile.Write(ref *LockPlace, 0);
        Volatile.Write(ref Waiting, 0);
        ulong start = Volatile.Read(ref ConsumerPosition), end = Volatile.Read(ref ProducerPosition) & ~7ul;
        if (IsRepairOfThisBoot && end - start <= Size && (start & 7) == 0)
        {
            // All pages are of this moment: what was read from is kept up to the first record that is none.
            Volatile.Write(ref ProducerPosition, DiscardBusyUpTo(start, end));
            return;
        }

        Volatile.Write(ref ProducerPosition, end);
        Volatile.Write(ref ConsumerPosition, end);
    }
}
