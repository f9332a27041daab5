using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>A map of which user space has one end, held by one process at a time, which may sleep there until somebody wakes it.</summary>
public abstract unsafe class RecordMap : SharedMap
{
    private protected RecordMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
    }

    // Safe: it lies in the control block, which is mapped and was reserved at creation.
    internal ref uint Waiting => ref *(uint*)(Data + RingLayout.WaitingOffset);

    /// <summary>The file of the object, for a <see cref="FileSignal"/>.</summary>
    internal int SignalDescriptor => Descriptor;

    /// <summary>
    /// Wakes who sleeps in user space, if it does. Called behind a full barrier that is behind what it waits for; it marks itself waiting,
    /// passes a full barrier and looks again before it sleeps. So either it sees what was done, or we see its mark.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WakeWaiting()
    {
        if (Volatile.Read(ref Waiting) != 0)
            Raise();
    }

    /// <summary>Marks user space as waiting; a full barrier.</summary>
    internal void BeginWaiting() => Interlocked.Exchange(ref Waiting, 1);

    /// <summary>Makes a waiting descriptor readable.</summary>
    internal void Signal() => FileSignal.Raise(Descriptor, DataOffset + RingLayout.SignalOffset);

    /// <summary>Locks user space's end of the ring for one user in any process.</summary>
    /// <param name="held">Holds the lock until it is closed.</param>
    /// <returns>EBUSY: somebody has it; EPERM: the map can't be written.</returns>
    internal Errno TryHold(out int held)
    {
        held = -1;
        if (!IsWritable)
            return Errno.EPERM;
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return failure;
        held = OpenPrivate();
        if (held < 0)
            return (Errno)(-held);
        int result = OfdLock.TryExclusive(held, OfdLock.RingUserByte);
        if (result == 0)
            return Errno.None;
        _ = Posix.Close(held);
        held = -1;
        return result == -(int)Errno.EAGAIN ? Errno.EBUSY : (Errno)(-result);
    }

    /// <summary>Gives <see cref="TryHold"/>'s lock back; at once, whatever child may just hold a copy of the descriptor.</summary>
    internal static void EndHold(int held)
    {
        _ = OfdLock.Release(held, OfdLock.RingUserByte);
        _ = Posix.Close(held);
    }

    /// <summary>There are no entries: records on their way are no part of a snapshot.</summary>
    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor) => Errno.None;

    /// <summary>There are no batch commands.</summary>
    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        -(int)Errno.ENOTSUPP;

    /// <summary>Programs can't look into it.</summary>
    /// <inheritdoc/>
    public override byte* LookupPointer(byte* key) => null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Raise()
    {
        // One of those who see the mark wakes. A death between the two leaves the sleeper to the next record, or to its own looking up
        // (RecordWait), as a death between the record and this does.
        if (Interlocked.Exchange(ref Waiting, 0) != 0)
            Signal();
    }
}
