using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>
/// BPF_MAP_TYPE_USER_RINGBUF: one writer in user space of any process, programs of any number of processes read, one at a time.
/// </summary>
public sealed unsafe class UserRingMap : RingMap
{
    /// <summary>Samples that one drain takes at most (<c>BPF_MAX_USER_RINGBUF_SAMPLES</c>).</summary>
    public const int MostSamples = 128 * 1024;

    private const uint LongestSample = (1u << 24) - 1; // DYNPTR_MAX_SIZE

    internal UserRingMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
    }

    /// <summary>Begins to read; <see cref="EndDrain"/> ends it.</summary>
    /// <returns>EBUSY: another program reads.</returns>
    public Errno TryBeginDrain()
    {
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return failure;

        // A reader that died has read its sample or not: the position says it, and nothing has to be repaired.
        return SharedLock.TryEnter(LockPlace, Leases, out _) ? Errno.None : Errno.EBUSY;
    }

    /// <summary>The next sample (<c>__bpf_user_ringbuf_peek</c>).</summary>
    /// <param name="sample">The sample, in one piece; it stays until <see cref="Release"/>.</param>
    /// <param name="size">Its bytes.</param>
    /// <returns>ENODATA: none is complete; EAGAIN: one was discarded, ask again; EINVAL, E2BIG: the writer wrote what can't be.</returns>
    public Errno Peek(out byte* sample, out uint size)
    {
        sample = null;
        size = 0;

        // Acquire: headers before position.
        ulong producer = Volatile.Read(ref ProducerPosition), consumer = Volatile.Read(ref ConsumerPosition);
        if ((producer & 7) != 0 || (consumer & 7) != 0)
            return Errno.EINVAL;
        if (consumer >= producer)
            return Errno.ENODATA;
        if (!IsReady(consumer, RingRecordHeader.Size))
            return Errno.EINVAL;
        RingRecordHeader header = new(Volatile.Read(ref *(uint*)At(consumer)));
        if (header.Stride > producer - consumer)
            return Errno.EINVAL;
        if (header.Stride > Size || header.Length > LongestSample)
            return Errno.E2BIG;
        if (header.IsDiscarded)
        {
            Volatile.Write(ref ConsumerPosition, consumer + header.Stride);
            return Errno.EAGAIN;
        }

        if (header.IsBusy)
            return Errno.ENODATA;
        if (!IsReady(consumer, header.Stride))
            return Errno.EINVAL;

        // In bounds: a stride is at most Size, of which so much is mapped from any place in the ring.
        sample = At(consumer) + RingRecordHeader.Size;
        size = header.Length;
        return Errno.None;
    }

    /// <summary>Gives a sample's memory back to the writer.</summary>
    /// <param name="size">What <see cref="Peek"/> told.</param>
    public void Release(uint size) =>
        Volatile.Write(ref ConsumerPosition, Volatile.Read(ref ConsumerPosition) + new RingRecordHeader(size).Stride);

    /// <summary>Ends reading.</summary>
    /// <param name="wake">Whether a writer that waits for room is woken.</param>
    public void EndDrain(bool wake)
    {
        // The full barrier before the look at who waits.
        SharedLock.Exit(LockPlace);
        if (wake)
            WakeWaiting();
    }

    /// <summary>Opens the writing end.</summary>
    /// <param name="closed">Called when it is disposed.</param>
    /// <param name="sink">The writing end.</param>
    /// <returns>EBUSY: somebody writes the ring already; EPERM: the map can't be written.</returns>
    public Errno TryWrite(Action closed, out IRecordSink? sink)
    {
        Errno failure = TryHold(out int held);
        sink = failure == Errno.None ? new UserRingWriter(this, held, closed) : null;
        return failure;
    }

    /// <summary>Publishes a header; only the holder of the writing end calls it.</summary>
    internal void Mark(ulong position, uint length, bool busy, bool discarded)
    {
        // Release: the record's bytes before its mark.
        Volatile.Write(ref *(uint*)At(position), length | (busy ? Busy : 0) | (discarded ? Discarded : 0));
    }
}
