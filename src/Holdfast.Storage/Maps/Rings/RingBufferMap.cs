using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>
/// BPF_MAP_TYPE_RINGBUF: programs of any number of processes write, one reader in any process reads. A record's header holds its
/// length with the kernel's two marks, and where the kernel keeps a page number the lease of the process that reserved it: the reader
/// discards a record whose process died before it was submitted.
/// </summary>
public sealed unsafe class RingBufferMap : RingMap
{
    private const ulong NoWakeup = 1; // BPF_RB_NO_WAKEUP
    private const ulong ForceWakeup = 2; // BPF_RB_FORCE_WAKEUP
    private const ulong LongestRecord = uint.MaxValue / 4; // RINGBUF_MAX_RECORD_SZ
    private const ulong CopiedUnderLock = 512;
    private const int MostEnsured = 64;

    // The reader's position as it was when the ring seemed full last. It only grows, so an old one only errs on the safe side.
    private ulong _consumer;

    internal RingBufferMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
    }

    /// <summary><c>bpf_ringbuf_reserve</c></summary>
    /// <param name="size">Bytes.</param>
    /// <returns>The record, in one piece and this process's until <see cref="Commit"/>; null if there is no room for it.</returns>
    public byte* Reserve(ulong size) => TryReserve(size, out byte* record) == Errno.None ? record : null;

    /// <summary><c>bpf_ringbuf_submit</c> and <c>bpf_ringbuf_discard</c></summary>
    /// <param name="record">What <see cref="Reserve"/> gave.</param>
    /// <param name="flags">BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP.</param>
    /// <param name="discard">Whether readers shall pass it over.</param>
    public void Commit(byte* record, ulong flags, bool discard)
    {
        ref uint header = ref *(uint*)(record - RingRecordHeader.Size);
        uint length = new RingRecordHeader(Volatile.Read(ref header)).Length;

        // The record's bytes before its mark, and a full barrier before the look at who waits.
        Interlocked.Exchange(ref header, discard ? length | Discarded : length);
        Wake(flags);
    }

    /// <summary><c>bpf_ringbuf_output</c></summary>
    /// <param name="data">The record's bytes.</param>
    /// <param name="size">How many.</param>
    /// <param name="flags">BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP.</param>
    /// <returns>0; EINVAL for other flags, EAGAIN: no room, ENOSPC: no room in the file system.</returns>
    public int Output(byte* data, ulong size, ulong flags)
    {
        if ((flags & ~(NoWakeup | ForceWakeup)) != 0)
            return -(int)Errno.EINVAL;
        if (size > CopiedUnderLock)
            return OutputLarge(data, size, flags);
        Errno failure = Begin(size, out ulong position, out _);
        if (failure != Errno.None)
            return -(int)failure;
        byte* header = At(position);
        *(ulong*)header = (ulong)Leases.Lease << 32 | size;
        Buffer.MemoryCopy(data, header + RingRecordHeader.Size, size, size);

        // Release: the whole record before the position. A death before this store leaves the ring as it was.
        Volatile.Write(ref ProducerPosition, position + StrideOf(size));

        // Leaving the lock is the full barrier before the look at who waits.
        SharedLock.Exit(LockPlace);
        Wake(flags);
        return 0;
    }

    /// <summary><c>bpf_ringbuf_query</c></summary>
    /// <param name="what">BPF_RB_AVAIL_DATA, BPF_RB_RING_SIZE, BPF_RB_CONS_POS, BPF_RB_PROD_POS.</param>
    /// <returns>The number, 0 for any other question.</returns>
    public ulong Query(ulong what)
    {
        ulong consumer = Volatile.Read(ref ConsumerPosition);
        return what switch
        {
            0 => Volatile.Read(ref ProducerPosition) - consumer,
            1 => Size,
            2 => consumer,
            3 => Volatile.Read(ref ProducerPosition),
            _ => 0,
        };
    }

    /// <summary>Opens the reading end.</summary>
    /// <param name="closed">Called when it is disposed.</param>
    /// <param name="source">The reading end.</param>
    /// <returns>EBUSY: somebody reads the ring already; EPERM: the map can't be written.</returns>
    public Errno TryRead(Action closed, out IRecordSource? source)
    {
        Errno failure = TryHold(out int held);
        source = failure == Errno.None ? new RingReader(this, held, closed) : null;
        return failure;
    }

    /// <summary>Bytes that a record takes.</summary>
    private static uint StrideOf(ulong size) => ((uint)size + RingRecordHeader.Size + 7) & ~7u;

    private Errno TryReserve(ulong size, out byte* record)
    {
        record = null;
        Errno failure = Begin(size, out ulong position, out _);
        if (failure != Errno.None)
            return failure;
        uint* header = (uint*)At(position);
        header[1] = Leases.Lease;
        Volatile.Write(ref header[0], (uint)size | Busy);

        // Release: header before position. Dead before this store, the writer has reserved nothing; after it the reader finds its
        // lease dead and discards the record.
        Volatile.Write(ref ProducerPosition, position + StrideOf(size));
        SharedLock.Leave(LockPlace);
        record = (byte*)header + RingRecordHeader.Size;
        return Errno.None;
    }

    private int OutputLarge(byte* data, ulong size, ulong flags)
    {
        Errno failure = TryReserve(size, out byte* record);
        if (failure != Errno.None)
            return -(int)failure;
        Buffer.MemoryCopy(data, record, size, size);
        Commit(record, flags, discard: false);
        return 0;
    }

    /// <summary>Takes the lock and finds the place for a record. On success the lock is held, and nothing in the ring was changed.</summary>
    private Errno Begin(ulong size, out ulong position, out uint stride)
    {
        position = 0;
        stride = StrideOf(size);
        if (size > LongestRecord || stride > Size)
            return Errno.EAGAIN;
        Errno failure = BeginWrite();
        for (int round = 0; failure == Errno.None && round < MostEnsured; round++)
        {
            // Nothing to repair after a dead owner: what it wrote behind the producer's position is nothing yet.
            SharedLock.Enter(LockPlace, Leases);
            position = Volatile.Read(ref ProducerPosition);
            bool fits = HasRoom(position, stride);
            if (fits && IsReady(position, stride))
                return Errno.None;
            SharedLock.Leave(LockPlace);
            if (!fits)
                return Errno.EAGAIN;

            // Not under the lock. Only whoever clears the bitmap again and again brings us here more than a few times.
            failure = Ensure(position, stride);
        }

        return failure == Errno.None ? Errno.EAGAIN : failure;
    }

    /// <summary>Whether there is room (<c>__bpf_ringbuf_reserve</c>: never the whole ring). Positions that can't be leave none.</summary>
    private bool HasRoom(ulong position, uint stride)
    {
        ulong used = position - _consumer;
        if (used <= Size && used + stride < Size)
            return (position & 7) == 0;
        _consumer = Volatile.Read(ref ConsumerPosition);
        used = position - _consumer;
        return used <= Size && used + stride < Size && (position & 7) == 0;
    }

    /// <summary>
    /// Who sleeps is known, so the kernel's guess whether the reader has caught up isn't needed: forced or not, who sleeps is woken
    /// and who doesn't isn't.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Wake(ulong flags)
    {
        if ((flags & (NoWakeup | ForceWakeup)) != NoWakeup)
            WakeWaiting();
    }
}
