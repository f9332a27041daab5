using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Perf;

/// <summary>
/// BPF_MAP_TYPE_PERF_EVENT_ARRAY: for each execution slot a buffer in the object's own memory, in the place of the kernel's perf event.
/// Programs of any process write, one reader in any process reads them all. A record is written whole under the buffer's lock and
/// published by one store, so that a writer's death leaves it there or not.
/// </summary>
public sealed unsafe class PerfArrayMap : RecordMap
{
    private const int MostEnsured = 64;

    private readonly PerfLayout _layout;
    private readonly ChunkReservation _chunks;

    internal PerfArrayMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _layout = PerfLayout.For(attributes);
        _chunks = new ChunkReservation(
            (uint*)(Data + _layout.BitmapOffset), WriteDescriptor, dataOffset + _layout.RecordsOffset, _layout.Length - _layout.RecordsOffset,
            ChunkReservation.DenseShift);
    }

    /// <summary>The buffers there are.</summary>
    internal uint Buffers => _layout.Buffers;

    /// <summary><c>bpf_perf_event_output</c>: writes a record of three parts into a buffer.</summary>
    /// <param name="index">The index of the array.</param>
    /// <param name="slot">The execution slot that the program runs on.</param>
    /// <param name="first">The record's first bytes.</param>
    /// <param name="second">Its next.</param>
    /// <param name="third">Its last.</param>
    /// <returns>0; E2BIG: no such index, ENOENT: nobody reads it, EOPNOTSUPP: it isn't this slot's, ENOSPC: it is full, and counted as lost.</returns>
    public int Output(uint index, uint slot, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        if (index >= Attributes.MaxEntries)
            return -(int)Errno.E2BIG;
        if (index >= _layout.Buffers || Volatile.Read(ref Reader(index)) == 0)
            return -(int)Errno.ENOENT;
        if (index != slot)
            return -(int)Errno.EOPNOTSUPP;
        long length = (long)first.Length + second.Length + third.Length;
        long stride = Math.Min(PerfRecord.StrideOf(length), PerfLayout.LargestBuffer + 8L); // larger than any buffer is lost too
        Errno failure = Begin(index, (uint)stride, out ulong head, out uint size);
        if (failure != Errno.None)
            return -(int)failure;
        PerfRecord header = new((uint)length, Volatile.Read(ref Lost(index)));
        Span<byte> bytes = stackalloc byte[PerfRecord.HeaderBytes];
        header.Write(bytes);
        ulong at = head + PerfRecord.HeaderBytes;
        CopyIn(index, size, head, bytes);
        CopyIn(index, size, at, first);
        CopyIn(index, size, at += (uint)first.Length, second);
        CopyIn(index, size, at + (uint)second.Length, third);

        // Release: the whole record before the head. A death before this store leaves the buffer as it was.
        Volatile.Write(ref Head(index), head + (ulong)stride);

        // Leaving the lock is the full barrier before the look at who waits.
        SharedLock.Exit(Lock(index));
        WakeWaiting();
        return 0;
    }

    /// <summary>Opens the reading end of all buffers; what is in them from before goes.</summary>
    /// <param name="size">Bytes of each buffer.</param>
    /// <param name="closed">Called when it is disposed.</param>
    /// <param name="source">The reading end.</param>
    /// <returns>EINVAL: the size is no power of two of at least a page; E2BIG: it is too large; EBUSY: somebody reads the array already; EPERM: it can't be written.</returns>
    public Errno TryRead(long size, Action closed, out IRecordSource? source)
    {
        source = null;
        if (size <= 0 || !long.IsPow2(size) || size < 4096)
            return Errno.EINVAL;
        if (size > PerfLayout.LargestBuffer)
            return Errno.E2BIG;
        Errno failure = TryHold(out int held);
        if (failure != Errno.None)
            return failure;
        PerfReader reader = new(this, (uint)size, held, closed);
        for (uint index = 0; index < _layout.Buffers; index++)
        {
            // Under the lock, so that no writer is between reading the size and publishing a record.
            SharedLock.Enter(Lock(index), Leases);
            ulong head = Volatile.Read(ref Head(index)) & ~7ul;
            Volatile.Write(ref Head(index), head);
            Volatile.Write(ref Tail(index), head);
            Volatile.Write(ref Size(index), (uint)size);
            reader.Begin(index, head, Volatile.Read(ref Lost(index)));
            Volatile.Write(ref Reader(index), Leases.Lease);
            SharedLock.Exit(Lock(index));
        }

        source = reader;
        return Errno.None;
    }

    /// <summary>The events are the kernel's (<c>fd_array_map_lookup_elem</c>).</summary>
    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value) => -(int)Errno.ENOTSUPP;

    /// <summary>An element is a descriptor of a perf event, which a process has none of: a <c>PerfBuffer</c> fills the array.</summary>
    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) =>
        -(int)(flags != UpdateFlags.Any ? Errno.EINVAL : BinaryPrimitives.ReadUInt32LittleEndian(key) >= Attributes.MaxEntries ? Errno.E2BIG : Errno.EBADF);

    /// <summary>Takes a buffer out of the array: programs find none there until the next reader opens.</summary>
    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= Attributes.MaxEntries)
            return -(int)Errno.E2BIG;
        if (index >= _layout.Buffers || Volatile.Read(ref Reader(index)) == 0)
            return -(int)Errno.ENOENT;
        if (!IsWritable)
            return -(int)Errno.EPERM;
        return Interlocked.Exchange(ref Reader(index), 0) == 0 ? -(int)Errno.ENOENT : 0;
    }

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        uint index = key.IsEmpty ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(key), entries = Attributes.MaxEntries;
        if (index == entries - 1)
            return -(int)Errno.ENOENT;
        BinaryPrimitives.WriteUInt32LittleEndian(next, index >= entries ? 0 : index + 1);
        return 0;
    }

    /// <summary>Takes the buffers away again, those that are still this reader's.</summary>
    internal void EndRead()
    {
        for (uint index = 0; index < _layout.Buffers; index++)
            Interlocked.CompareExchange(ref Reader(index), 0, Leases.Lease);
    }

    // Safe: index is below Buffers, and the blocks of all buffers lie in the control bytes, which are mapped and were reserved at creation.
    internal ref ulong Head(uint index) => ref *(ulong*)(Block(index) + PerfLayout.HeadOffset);

    internal ref ulong Tail(uint index) => ref *(ulong*)(Block(index) + PerfLayout.TailOffset);

    /// <summary>Copies out of a buffer, over its end where need be.</summary>
    /// <param name="index">The buffer.</param>
    /// <param name="size">Its size, as the reader chose it.</param>
    /// <param name="position">Where from.</param>
    /// <param name="to">Receives the bytes, at most as many as the buffer has.</param>
    /// <returns>Whether they are there.</returns>
    internal bool TryCopyOut(uint index, uint size, ulong position, Span<byte> to)
    {
        uint start = (uint)position & (size - 1);
        int first = (int)Math.Min((uint)to.Length, size - start);
        if (!IsReady(index, start, (uint)first) || !IsReady(index, 0, (uint)(to.Length - first)))
            return false;
        // Safe: both pieces lie within the buffer's size, which is within its room in the file.
        new ReadOnlySpan<byte>(Buffer(index) + start, first).CopyTo(to);
        new ReadOnlySpan<byte>(Buffer(index), to.Length - first).CopyTo(to[first..]);
        return true;
    }

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot();

    /// <summary>Nobody who read or wrote is left, and the next reader empties the buffers.</summary>
    private protected override void RepairAfterBoot()
    {
        Volatile.Write(ref Waiting, 0);
        for (uint index = 0; index < _layout.Buffers; index++)
        {
            Volatile.Write(ref *Lock(index), 0);
            Volatile.Write(ref Reader(index), 0);
        }
    }

    private byte* Block(uint index) => Data + PerfLayout.BlocksOffset + (index * PerfLayout.BlockBytes);

    private uint* Lock(uint index) => (uint*)(Block(index) + PerfLayout.LockOffset);

    private ref uint Reader(uint index) => ref *(uint*)(Block(index) + PerfLayout.ReaderOffset);

    private ref uint Size(uint index) => ref *(uint*)(Block(index) + PerfLayout.ReaderOffset + sizeof(uint));

    private ref ulong Lost(uint index) => ref *(ulong*)(Block(index) + PerfLayout.LostOffset);

    private byte* Buffer(uint index) => Data + _layout.RecordsOffset + ((long)index * PerfLayout.LargestBuffer);

    private bool IsReady(uint index, uint start, uint length) =>
        length == 0 || _chunks.IsReady(((long)index * PerfLayout.LargestBuffer) + start, length);

    /// <summary>Takes a buffer's lock and finds the place for a record. On success the lock is held, and nothing in the buffer was changed.</summary>
    private Errno Begin(uint index, uint stride, out ulong head, out uint size)
    {
        head = 0;
        size = 0;
        Errno failure = BeginWrite();
        for (int round = 0; failure == Errno.None && round < MostEnsured; round++)
        {
            // Nothing to repair after a dead owner: what it wrote behind the head is nothing yet.
            SharedLock.Enter(Lock(index), Leases);
            size = Volatile.Read(ref Size(index));
            head = Volatile.Read(ref Head(index));
            ulong used = head - Volatile.Read(ref Tail(index));
            bool sound = uint.IsPow2(size) && size is >= 4096 and <= PerfLayout.LargestBuffer && used <= size && (head & 7) == 0;
            if (!sound || used + stride > size)
            {
                if (sound)
                    Volatile.Write(ref Lost(index), Volatile.Read(ref Lost(index)) + 1);
                SharedLock.Exit(Lock(index));
                return IsReaderGone(index) ? Errno.ENOENT : Errno.ENOSPC;
            }

            uint start = (uint)head & (size - 1), piece = Math.Min(stride, size - start);
            if (IsReady(index, start, piece) && IsReady(index, 0, stride - piece))
                return Errno.None;
            SharedLock.Exit(Lock(index));

            // Not under the lock. Only whoever clears the bitmap again and again brings us here more than a few times.
            long room = (long)index * PerfLayout.LargestBuffer;
            failure = _chunks.Ensure(room + start, piece);
            if (failure == Errno.None && stride > piece)
                failure = _chunks.Ensure(room, stride - piece);
        }

        return failure == Errno.None ? Errno.ENOSPC : failure;
    }

    /// <summary>A reader that died leaves its buffers full: they are taken out of the array then, as the kernel does when a process goes.</summary>
    private bool IsReaderGone(uint index)
    {
        uint reader = Volatile.Read(ref Reader(index));
        return reader == 0 || (Leases.IsDead(reader) && Interlocked.CompareExchange(ref Reader(index), 0, reader) == reader);
    }

    private void CopyIn(uint index, uint size, ulong position, ReadOnlySpan<byte> bytes)
    {
        uint start = (uint)position & (size - 1);
        int first = (int)Math.Min((uint)bytes.Length, size - start);

        // Safe: as TryCopyOut; Begin found the bytes to be within the size and reserved.
        bytes[..first].CopyTo(new Span<byte>(Buffer(index) + start, first));
        bytes[first..].CopyTo(new Span<byte>(Buffer(index), bytes.Length - first));
    }
}
