using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Bloom;

/// <summary>
/// BPF_MAP_TYPE_BLOOM_FILTER. Bits are only ever set, each by one atomic operation, without a lock: a death in the middle of a push leaves some
/// of a value's bits, which is as if it had not been pushed.
/// </summary>
public sealed unsafe class BloomMap : SharedMap
{
    private readonly BloomLayout _layout;
    private readonly byte* _bits;
    private readonly int _valueSize;
    private readonly ulong _seed;
    private readonly ChunkReservation _chunks;

    internal BloomMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _layout = BloomLayout.For(attributes);
        _bits = Data + _layout.BitsOffset;
        _valueSize = (int)attributes.ValueSize;
        _seed = (attributes.Flags & MapFlags.ZeroSeed) != 0 ? 0 : *(ulong*)(Data + BloomLayout.SeedOffset);
        _chunks = new ChunkReservation(
            (uint*)(Data + _layout.BitmapOffset), WriteDescriptor, dataOffset + _layout.BitsOffset, (long)(_layout.Mask / 8) + 1, _layout.ChunkShift);
    }

    /// <summary>Asks whether a value may have been pushed.</summary>
    /// <param name="key">Not used.</param>
    /// <param name="value">The value; it is read.</param>
    /// <returns>Zero: it was, or it looks so; ENOENT: it was not.</returns>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* bytes = value)
            return Peek(bytes);
    }

    /// <summary>Pushes a value.</summary>
    /// <param name="key">Not used.</param>
    /// <param name="value">The value.</param>
    /// <param name="flags">None.</param>
    /// <returns>Zero; EINVAL: flags; ENOSPC.</returns>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        fixed (byte* bytes = value)
            return Push(bytes, flags);
    }

    /// <summary>Nothing can be taken out.</summary>
    /// <param name="key">The key.</param>
    /// <returns>EOPNOTSUPP.</returns>
    public override int Delete(ReadOnlySpan<byte> key) => -(int)Errno.EOPNOTSUPP;

    /// <summary>There are no keys.</summary>
    /// <param name="key">The key.</param>
    /// <param name="next">The next key.</param>
    /// <returns>EOPNOTSUPP.</returns>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next) => -(int)Errno.EOPNOTSUPP;

    /// <summary>There are no batches.</summary>
    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        -(int)Errno.ENOTSUPP;

    /// <summary>What was pushed can't be told from the bits.</summary>
    /// <param name="visitor">Not called.</param>
    /// <returns>EOPNOTSUPP.</returns>
    public override Errno ReadEntries(EntryVisitor visitor) => Errno.EOPNOTSUPP;

    /// <summary>Programs ask by peeking.</summary>
    /// <param name="key">The key.</param>
    /// <returns>Null.</returns>
    public override byte* LookupPointer(byte* key) => null;

    /// <summary>Pushes, for programs (<c>bloom_map_push_elem</c>).</summary>
    /// <param name="value">The value.</param>
    /// <param name="flags">None.</param>
    /// <returns>As <see cref="Update"/>.</returns>
    public int Push(byte* value, UpdateFlags flags)
    {
        if (flags != UpdateFlags.Any)
            return -(int)Errno.EINVAL;
        if (!IsWritable)
            return -(int)Errno.EPERM;
        (ulong bit, ulong step) = HashOf(value);
        for (uint hash = 0; hash < _layout.Hashes; hash++, bit += step)
        {
            long place = WordOf(bit);
            Errno failure = _chunks.Ensure(place, sizeof(uint));
            if (failure != Errno.None)
                return -(int)failure;
            Interlocked.Or(ref *(uint*)(_bits + place), MaskOf(bit));
        }

        return 0;
    }

    /// <summary>Asks, for programs (<c>bloom_map_peek_elem</c>).</summary>
    /// <param name="value">The value.</param>
    /// <returns>As <see cref="Lookup"/>.</returns>
    public int Peek(byte* value)
    {
        (ulong bit, ulong step) = HashOf(value);
        for (uint hash = 0; hash < _layout.Hashes; hash++, bit += step)
        {
            long place = WordOf(bit);
            if (!_chunks.IsReady(place, sizeof(uint)) || (Volatile.Read(ref *(uint*)(_bits + place)) & MaskOf(bit)) == 0)
                return -(int)Errno.ENOENT;
        }

        return 0;
    }

    /// <summary>
    /// Takes over what another filter of this shape holds, for a copy that nobody uses yet. Bits are only ever set: whatever is pushed
    /// into the other one meanwhile is taken over too, in part or not at all.
    /// </summary>
    /// <param name="other">The other filter.</param>
    /// <returns>ENOSPC, …; EINVAL: it is of another shape.</returns>
    internal Errno TakeOver(BloomMap other)
    {
        if (other._layout != _layout || !IsWritable)
            return Errno.EINVAL;
        *(ulong*)(Data + BloomLayout.SeedOffset) = other._seed;
        for (long place = 0; place <= (long)(_layout.Mask / 8); place += sizeof(uint))
        {
            // What isn't reserved is zero.
            uint word = other._chunks.IsReady(place, sizeof(uint)) ? Volatile.Read(ref *(uint*)(other._bits + place)) : 0;
            Errno failure = word == 0 ? Errno.None : _chunks.Ensure(place, sizeof(uint));
            if (failure != Errno.None)
                return failure;
            if (word != 0)
                *(uint*)(_bits + place) = word;
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot(IsRepairOfThisBoot);

    /// <summary>Any bits are a filter's.</summary>
    private protected override void RepairAfterBoot()
    {
    }

    // Safe: the mask is the map's own arithmetic over its checked shape, so the word lies within the bits that the mapping was made for.
    private long WordOf(ulong bit) => (long)((bit & _layout.Mask) >> 5) * sizeof(uint);

    private static uint MaskOf(ulong bit) => 1u << (int)(bit & 31);

    /// <summary>A first bit, and the odd step to the next ones.</summary>
    private (ulong First, ulong Step) HashOf(byte* value)
    {
        ulong hash = _seed ^ (ulong)_valueSize;
        int at = 0;
        for (; at + 8 <= _valueSize; at += 8)
            hash = Mix(hash ^ Unsafe.ReadUnaligned<ulong>(value + at));
        ulong rest = 0;
        for (int shift = 0; at < _valueSize; at++, shift += 8)
            rest |= (ulong)value[at] << shift;
        hash = Mix(hash ^ rest);
        return (hash, Mix(hash) | 1);
    }

    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15;
        hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9;
        return hash ^ (hash >> 32);
    }
}
