using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Stacks;

/// <summary>
/// BPF_MAP_TYPE_STACK_TRACE (kernel/bpf/stackmap.c). A stack's id is the bucket that its hash leads to. Under a lock, its frames are written
/// into the place of the bucket that doesn't count; then one store of the bucket's state is the turning point. Reading takes no lock.
/// </summary>
public sealed unsafe class StackTraceMap : SharedMap
{
    private const int ReadAttempts = 1000;
    private const uint AddressOnly = 2; // BPF_STACK_BUILD_ID_IP

    private readonly StackLayout _layout;
    private readonly byte* _buckets;
    private readonly int _room;
    private readonly ChunkReservation _chunks;

    internal StackTraceMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _layout = StackLayout.For(attributes);
        _buckets = Data + _layout.BucketsOffset;
        _room = DepthOf(attributes);
        _chunks = new ChunkReservation(
            (uint*)(Data + _layout.BitmapOffset), WriteDescriptor, dataOffset + _layout.BucketsOffset, _layout.Covered, _layout.ChunkShift);
    }

    /// <summary>Frames that a stack of a map of this shape may have.</summary>
    /// <param name="map">A shape that passed its checks.</param>
    /// <returns>How many.</returns>
    public static int DepthOf(in MapAttributes map) => (int)(map.ValueSize / StackLayout.FrameBytesOf(map.Flags));

    /// <summary>Frames that a stack may have.</summary>
    public int MaxDepth => _room;

    // Safe: both lie in the control block, which is mapped and was reserved at creation.
    private uint* LockPlace => (uint*)(Data + StackLayout.LockOffset);

    private ref uint Count => ref *(uint*)(Data + StackLayout.CountOffset);

    /// <summary>Reads a stack (<c>bpf_stackmap_copy</c>).</summary>
    /// <param name="key">Its id.</param>
    /// <param name="value">Receives its frames, the innermost first, and zeros.</param>
    /// <returns>Zero; ENOENT; EAGAIN: writers never rest, and this process may not lock.</returns>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(key);
        for (int attempt = 0; attempt < ReadAttempts; attempt++)
        {
            if (TryCopy(id, value, out bool found))
                return found ? 0 : -(int)Errno.ENOENT;
        }

        if (BeginWrite() != Errno.None)
            return -(int)Errno.EAGAIN;
        Enter();
        _ = TryCopy(id, value, out bool there);
        SharedLock.Exit(LockPlace);
        return there ? 0 : -(int)Errno.ENOENT;
    }

    /// <summary>Only programs add stacks.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>EINVAL.</returns>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags) => -(int)Errno.EINVAL;

    /// <summary>Removes a stack (<c>stack_map_delete_elem</c>).</summary>
    /// <param name="key">Its id.</param>
    /// <returns>Zero; E2BIG: no such id can be; ENOENT.</returns>
    public override int Delete(ReadOnlySpan<byte> key) =>
        BinaryPrimitives.ReadUInt32LittleEndian(key) >= _layout.BucketCount ? -(int)Errno.E2BIG : LookupAndDelete(key, default);

    /// <inheritdoc/>
    public override int LookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value)
    {
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(key);
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return -(int)failure;
        Enter();
        bool found = !StateOf(id).IsEmpty;
        if (found)
        {
            if (!value.IsEmpty)
                _ = TryCopy(id, value, out _);
            Volatile.Write(ref StateWord(id), 0);
            Count--;
        }

        SharedLock.Exit(LockPlace);
        return found ? 0 : -(int)Errno.ENOENT;
    }

    /// <summary>The next id of a stack (<c>stack_map_get_next_key</c>): after one that isn't there, the first.</summary>
    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        long id = key.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(key);
        id = key.IsEmpty || StateOf((uint)id).IsEmpty ? 0 : id + 1;
        for (id = NextBucket(id); id < _layout.BucketCount; id = NextBucket(id + 1))
        {
            if (StateOf((uint)id).IsEmpty)
                continue;
            BinaryPrimitives.WriteUInt32LittleEndian(next, (uint)id);
            return 0;
        }

        return -(int)Errno.ENOENT;
    }

    /// <summary>There are no batches.</summary>
    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        -(int)Errno.ENOTSUPP;

    /// <summary>Programs get ids.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Null.</returns>
    public override byte* LookupPointer(byte* key) => null;

    /// <summary>Notes a stack, for programs (<c>__bpf_get_stackid</c>).</summary>
    /// <param name="addresses">Its frames, the innermost first: at least one, at most <see cref="MaxDepth"/>.</param>
    /// <param name="comparesHashes">Whether an equal hash will do as an equal stack.</param>
    /// <param name="replaces">Whether another stack with this id goes.</param>
    /// <returns>Its id; EEXIST: another stack has it; ENOMEM: the map is full; EPERM, ENOSPC.</returns>
    public int Add(ReadOnlySpan<ulong> addresses, bool comparesHashes, bool replaces)
    {
        uint hash = StackFrames.HashOf(addresses);
        uint id = hash & (_layout.BucketCount - 1);
        StackState state = StateOf(id);
        if (!state.IsEmpty && state.Hash == hash && (comparesHashes || Holds(id, addresses)))
            return (int)id;
        if (!state.IsEmpty && state.Hash != hash && !replaces)
            return -(int)Errno.EEXIST;
        Errno failure = BeginWrite();
        if (failure == Errno.None)
            failure = _chunks.Ensure((long)id * StackLayout.BucketBytes, StackLayout.BucketBytes);
        if (failure != Errno.None)
            return -(int)failure;
        Enter();
        failure = AddLocked(id, hash, addresses, replaces);
        SharedLock.Exit(LockPlace);
        return failure == Errno.None ? (int)id : -(int)failure;
    }

    /// <summary>The id that a stack has, or would have.</summary>
    internal uint IdOf(ReadOnlySpan<ulong> addresses) => StackFrames.HashOf(addresses) & (_layout.BucketCount - 1);

    private Errno AddLocked(uint id, uint hash, ReadOnlySpan<ulong> addresses, bool replaces)
    {
        StackState state = StateOf(id);
        if (!state.IsEmpty && state.Hash == hash && Holds(id, addresses))
            return Errno.None;
        if (!state.IsEmpty && !replaces)
            return Errno.EEXIST;

        // As in the kernel: a stack that replaces another needs room beside it for a moment.
        if (Count >= Attributes.MaxEntries)
            return Errno.ENOMEM;
        uint half = state.IsEmpty ? 0 : state.Half ^ 1;
        Errno failure = _chunks.Ensure(FramesAt(id, half) - _buckets, _layout.Stride);
        if (failure != Errno.None)
            return failure;

        // A death before the state's store leaves what the bucket held, and a count that whoever takes over the lock counts anew.
        Count += state.IsEmpty ? 1u : 0;
        Interlocked.Increment(ref Version(id)); // readers that still copy a stack of before from this place notice
        Write(FramesAt(id, half), addresses);
        Volatile.Write(ref StateWord(id), StackState.Of(hash, addresses.Length, half).Word);
        return Errno.None;
    }

    /// <summary>Reads the stacks.</summary>
    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        byte[] key = new byte[sizeof(uint)], value = new byte[_layout.Stride];
        for (long id = NextBucket(0); id < _layout.BucketCount; id = NextBucket(id + 1))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(key, (uint)id);
            int result = Lookup(key, value);
            if (result == -(int)Errno.ENOENT)
                continue;
            Errno failure = result == 0 ? visitor(key, value) : (Errno)(-result);
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    /// <summary>Takes over what another map of this shape holds, for a copy that nobody uses yet.</summary>
    /// <param name="other">The other map.</param>
    /// <returns>ENOSPC, …; EINVAL: it is of another shape.</returns>
    internal Errno TakeOver(StackTraceMap other) => other._layout != _layout || !IsWritable ? Errno.EINVAL : other.ReadEntries((_, value) =>
    {
        ulong[] addresses = new ulong[_room];
        int depth = 0;
        for (; depth < _room && AddressAt(value, depth) is var address && address != 0; depth++)
            addresses[depth] = address;
        int added = depth == 0 ? 0 : Add(addresses.AsSpan(0, depth), comparesHashes: false, replaces: true);
        return added < 0 ? (Errno)(-added) : Errno.None;
    });

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot(IsRepairOfThisBoot);

    /// <summary>Stacks are addresses of processes that the restart has ended: the map is empty. A repair keeps what has its hash.</summary>
    private protected override void RepairAfterBoot()
    {
        *LockPlace = 0;
        for (long id = NextBucket(0); id < _layout.BucketCount; id = NextBucket(id + 1))
        {
            if (!IsRepairOfThisBoot || !IsSound((uint)id))
                Volatile.Write(ref StateWord((uint)id), 0);
        }

        CountAnew();
    }

    private bool IsSound(uint id)
    {
        StackState state = StateOf(id);
        byte* frames = FramesAt(id, state.Half);
        return !state.IsEmpty && _chunks.IsReady(frames - _buckets, _layout.Stride)
            && StackFrames.AreOf(_layout, id, state, new ReadOnlySpan<byte>(frames, (int)_layout.Stride));
    }

    /// <summary>Takes the lock. A dead holder's state words are all whole, and only its count may be wrong.</summary>
    private void Enter()
    {
        if (SharedLock.Enter(LockPlace, Leases) != SharedLock.Entry.Clean)
            CountAnew();
    }

    private void CountAnew()
    {
        uint count = 0;
        for (long id = NextBucket(0); id < _layout.BucketCount; id = NextBucket(id + 1))
            count += StateOf((uint)id).IsEmpty ? 0u : 1;
        Count = count;
    }

    private bool TryCopy(uint id, Span<byte> value, out bool found)
    {
        found = false;
        if (!IsThere(id))
            return true;
        uint version = Volatile.Read(ref Version(id));
        StackState state = StateOf(id);
        if (state.IsEmpty)
            return true;
        int length = state.Frames(_room) * (int)_layout.FrameBytes;
        byte* frames = FramesAt(id, state.Half);
        if (_chunks.IsReady(frames - _buckets, _layout.Stride))
            new ReadOnlySpan<byte>(frames, length).CopyTo(value);
        else
            length = 0; // only where the file is damaged
        value[length..].Clear();
        found = true;
        Volatile.ReadBarrier();
        return Volatile.Read(ref Version(id)) == version;
    }

    /// <summary>Whether a bucket holds a stack now. A wrong no, while it changes, is asked again under the lock.</summary>
    private bool Holds(uint id, ReadOnlySpan<ulong> addresses)
    {
        uint version = Volatile.Read(ref Version(id));
        StackState state = StateOf(id);
        byte* frames = FramesAt(id, state.Half);
        if (state.IsEmpty || state.Frames(_room) != addresses.Length || !_chunks.IsReady(frames - _buckets, _layout.Stride))
            return false;
        ReadOnlySpan<byte> held = new(frames, (int)_layout.Stride);
        for (int at = 0; at < addresses.Length; at++)
        {
            if (AddressAt(held, at) != addresses[at])
                return false;
        }

        Volatile.ReadBarrier();
        return Volatile.Read(ref Version(id)) == version;
    }

    private void Write(byte* frames, ReadOnlySpan<ulong> addresses)
    {
        if (_layout.FrameBytes == sizeof(ulong))
        {
            MemoryMarshal.AsBytes(addresses).CopyTo(new Span<byte>(frames, (int)_layout.Stride));
            return;
        }

        Span<byte> target = new(frames, addresses.Length * (int)StackLayout.BuildIdBytes);
        target.Clear();
        for (int at = 0; at < addresses.Length; at++)
        {
            Span<byte> frame = target.Slice(at * (int)StackLayout.BuildIdBytes, (int)StackLayout.BuildIdBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(frame, AddressOnly);
            BinaryPrimitives.WriteUInt64LittleEndian(frame[^sizeof(ulong)..], addresses[at]);
        }
    }

    private ulong AddressAt(ReadOnlySpan<byte> value, int frame) => StackFrames.AddressAt(value, frame, _layout.FrameBytes);

    private long NextBucket(long id) => (_chunks.NextReady(Math.Min(id * StackLayout.BucketBytes, _layout.Covered)) + StackLayout.BucketBytes - 1) / StackLayout.BucketBytes;

    private bool IsThere(uint id) => id < _layout.BucketCount && _chunks.IsReady((long)id * StackLayout.BucketBytes, StackLayout.BucketBytes);

    private StackState StateOf(uint id) => IsThere(id) ? new(Volatile.Read(ref StateWord(id))) : default;

    // Safe: callers bound ids by the number of buckets that the mapping was made for; a half is one bit.
    private ref ulong StateWord(uint id) => ref *(ulong*)(_buckets + ((long)id * StackLayout.BucketBytes));

    private ref uint Version(uint id) => ref *(uint*)(_buckets + ((long)id * StackLayout.BucketBytes) + sizeof(ulong));

    private byte* FramesAt(uint id, uint half) => _buckets + _layout.PlaceOf(id, half);
}
