using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Lpm;

/// <summary>
/// BPF_MAP_TYPE_LPM_TRIE. Readers take no lock: they walk, and look whether a node left the trie meanwhile; if one did, they walk
/// again. Writers hold one lock, fill fresh nodes and publish them by one store of a link; what belongs to it (the free queue, the
/// count) is in a redo log, so that a death leaves the map as it was or the operation done.
/// </summary>
public sealed unsafe partial class LpmTrie : SharedMap
{
    /// <summary>Times that a read starts over because of writers before it takes the lock.</summary>
    private const int Attempts = 10_000;

    private const int LargestWords = 32;

    private readonly LpmLayout _layout;
    private readonly uint* _root;
    private readonly uint* _middle;
    private readonly uint* _deep;
    private readonly byte* _nodes;
    private readonly uint _capacity;
    private readonly ElementPlacement _placement;
    private readonly uint _stride;
    private readonly bool _isDurable;
    private readonly uint _valueOffset;
    private readonly int _valueSize;
    private readonly int _dataBytes;
    private readonly int _words;
    private readonly uint _longest;
    private readonly ChunkReservation _chunks;
    private readonly LpmLog _log;

    internal LpmTrie(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _layout = LpmLayout.For(attributes);
        _root = (uint*)(Data + LpmLayout.ShortRootOffset);
        _middle = (uint*)(Data + _layout.MiddleOffset);
        _deep = _layout.DeepOffset == 0 ? null : (uint*)(Data + _layout.DeepOffset);
        _nodes = Data + _layout.NodesOffset;
        _capacity = _layout.Capacity;
        _placement = _layout.Placement;
        _stride = _layout.Stride;
        _isDurable = attributes.IsDurable;
        _valueOffset = _layout.ValueOffset;
        _valueSize = (int)attributes.ValueSize;
        _dataBytes = (int)attributes.KeySize - sizeof(uint);
        _words = (_dataBytes + 7) / 8;
        _longest = (uint)_dataBytes * 8;
        long length = _placement.LengthOf(_capacity);
        _chunks = new ChunkReservation(
            (uint*)(Data + _layout.BitmapOffset), WriteDescriptor, dataOffset + _layout.NodesOffset, length, ChunkReservation.DenseShift);
        _log = new LpmLog(Data, place =>
            place < _layout.NodesOffset || (place <= _layout.NodesOffset + length - sizeof(uint) && _chunks.IsReady(place - _layout.NodesOffset, sizeof(uint))));
    }

    /// <summary>Number of prefixes.</summary>
    public uint Count => Volatile.Read(ref Word(LpmLayout.EntriesOffset));

    /// <inheritdoc/>
    public override bool HasBatch(BpfCommand command) => command != BpfCommand.MapLookupAndDeleteBatch;

    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* keyBytes = key, target = value)
        {
            for (int attempt = 0; attempt < Attempts; attempt++)
            {
                uint version = Volatile.Read(ref Version);
                LpmNode* found = Search(keyBytes);
                if (found != null)
                    Buffer.MemoryCopy((byte*)found + _valueOffset, target, _valueSize, _valueSize);
                Volatile.ReadBarrier();
                if (Volatile.Read(ref Version) == version)
                    return found == null ? -(int)Errno.ENOENT : 0;
            }

            // Nodes have left the trie ten thousand times while it was read: once more, while none can. A process that may not
            // lock takes what it finds.
            bool locked = TryEnter();
            LpmNode* last = Search(keyBytes);
            if (last != null)
                Buffer.MemoryCopy((byte*)last + _valueOffset, target, _valueSize, _valueSize);
            if (locked)
                SharedLock.Exit(LockPlace);
            return last == null ? -(int)Errno.ENOENT : 0;
        }
    }

    /// <inheritdoc/>
    public override byte* LookupPointer(byte* key)
    {
        uint version = Volatile.Read(ref Version);
        LpmNode* found = Search(key);
        Volatile.ReadBarrier();
        if (Volatile.Read(ref Version) != version)
            found = SearchAgain(key);
        if (found == null)
            return null;
        if (_isDurable && IsWritable)
            MarkLoose(found);
        return (byte*)found + _valueOffset;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LpmNode* SearchAgain(byte* key)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            uint version = Volatile.Read(ref Version);
            LpmNode* found = Search(key);
            Volatile.ReadBarrier();
            if (Volatile.Read(ref Version) == version)
                return found;
        }

        bool locked = TryEnter();
        LpmNode* last = Search(key);
        if (locked)
            SharedLock.Exit(LockPlace);
        return last;
    }

    /// <summary>The longest prefix that is no longer than the key's and has its bits; null if there is none (<c>trie_lookup_elem</c>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private LpmNode* Search(byte* key)
    {
        uint length = Unsafe.ReadUnaligned<uint>(key);
        if (length > _longest)
            return null;
        if (_words != 1)
            return SearchLong(key, length);
        ulong bits = Bits(key + sizeof(uint), _dataBytes);
        LpmNode* found = null;
        if (length >= LpmLayout.DeepBits && _deep != null)
            found = Walk(Volatile.Read(ref _deep[bits >> (64 - LpmLayout.DeepBits)]), bits, (int)length);
        if (found == null && length >= LpmLayout.MiddleBits)
            found = Walk(Volatile.Read(ref _middle[bits >> (64 - LpmLayout.MiddleBits)]), bits, (int)length);
        return found == null ? Walk(Volatile.Read(ref *_root), bits, (int)length) : found;
    }

    /// <summary>Walks a trie of keys of up to 8 bytes. Lengths grow with each step, whatever links say, so it ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private LpmNode* Walk(uint link, ulong bits, int length)
    {
        LpmNode* found = null;
        for (int last = -1; link - 1 < _capacity;)
        {
            long place = _placement.OffsetOf(link - 1);
            if (!_chunks.IsReady(place, _stride))
                break;
            LpmNode* node = (LpmNode*)(_nodes + place);
            uint info = Volatile.Read(ref node->Info);
            int own = LpmNode.LengthOf(info);
            ulong difference = BinaryPrimitives.ReverseEndianness(*(ulong*)((byte*)node + LpmLayout.HeaderBytes)) ^ bits;
            if (own > length || own <= last || BitOperations.LeadingZeroCount(difference) < own)
                break;
            if ((info & LpmNode.Joins) == 0)
                found = node;
            last = own;
            link = Volatile.Read(ref (&node->Child0)[(bits >> (63 - own)) & 1]);
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LpmNode* SearchLong(byte* key, uint length)
    {
        ulong* bits = stackalloc ulong[LargestWords];
        Load(key + sizeof(uint), bits);
        LpmNode* found = null;
        for (int tier = (int)Tier.Deep; found == null && tier >= 0; tier--)
        {
            uint* root = RootOf((Tier)tier, bits, length);
            if (root == null)
                continue;
            int last = -1;
            for (LpmNode* node = NodeAt(Volatile.Read(ref *root), last); node != null; node = NodeAt(Volatile.Read(ref *ChildOf(node, bits)), last))
            {
                uint info = Volatile.Read(ref node->Info);
                int own = LpmNode.LengthOf(info);
                if (own > length || Common(node, bits, own) < own)
                    break;
                if ((info & LpmNode.Joins) == 0)
                    found = node;
                last = own;
                if (own == _longest)
                    break;
            }
        }

        return found;
    }

    private enum Tier
    {
        Short,
        Middle,
        Deep,
    }

    /// <summary>Where the tries of a tier for these bits begin; null if the tier has none for prefixes of up to this length.</summary>
    private uint* RootOf(Tier tier, ulong* bits, uint length) => tier switch
    {
        Tier.Deep => _deep != null && length >= LpmLayout.DeepBits ? _deep + (bits[0] >> (64 - LpmLayout.DeepBits)) : null,
        Tier.Middle => length >= LpmLayout.MiddleBits ? _middle + (bits[0] >> (64 - LpmLayout.MiddleBits)) : null,
        _ => _root,
    };

    /// <summary>The one place where a prefix of this length belongs.</summary>
    private uint* HomeOf(ulong* bits, uint length) =>
        RootOf(length >= LpmLayout.DeepBits && _deep != null ? Tier.Deep : length >= LpmLayout.MiddleBits ? Tier.Middle : Tier.Short, bits, length);

    /// <summary>The node behind a link, if it is one that can be looked at and is longer than its parent (so that every walk ends).</summary>
    private LpmNode* NodeAt(uint link, int parentLength)
    {
        if (link - 1 >= _capacity || !_chunks.IsReady(_placement.OffsetOf(link - 1), _stride))
            return null;
        LpmNode* node = Node(link - 1);
        int length = LpmNode.LengthOf(Volatile.Read(ref node->Info));
        return length > parentLength && length <= _longest ? node : null;
    }

    private uint* ChildOf(LpmNode* node, ulong* bits) => &node->Child0 + BitAt(bits, LpmNode.LengthOf(node->Info));

    /// <summary>How many of the first bits of a node's prefix and of a key are the same, at most so many.</summary>
    private int Common(LpmNode* node, ulong* bits, int most)
    {
        ulong* own = (ulong*)((byte*)node + LpmLayout.HeaderBytes);
        for (int word = 0; word < _words && word * 64 < most; word++)
        {
            ulong difference = BinaryPrimitives.ReverseEndianness(own[word]) ^ bits[word];
            if (difference != 0)
                return Math.Min(most, (word * 64) + BitOperations.LeadingZeroCount(difference));
        }

        return most;
    }

    /// <summary>A bit of a key; 0 past its end, which only a damaged file asks for.</summary>
    private uint BitAt(ulong* bits, int at) => (uint)at < _longest ? (uint)(bits[at >> 6] >> (63 - (at & 63))) & 1 : 0;

    private void Load(byte* data, ulong* bits)
    {
        for (int word = 0; word < _words; word++)
            bits[word] = Bits(data + (word * 8), _dataBytes - (word * 8));
    }

    /// <summary>Up to 8 bytes as a number whose highest bit is the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(byte* data, int bytes)
    {
        if (bytes == 4)
            return (ulong)BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(data)) << 32;
        if (bytes >= 8)
            return BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(data));
        ulong bits = 0;
        for (int at = 0; at < bytes; at++)
            bits |= (ulong)data[at] << (56 - (at * 8));
        return bits;
    }

    private ref uint Version => ref Word(LpmLayout.VersionOffset);

    // Safe: all offsets lie in the control block, which is mapped and was reserved at creation.
    private ref uint Word(int offset) => ref *(uint*)(Data + offset);

    private uint* LockPlace => (uint*)(Data + LpmLayout.LockOffset);

    // Safe: callers bound the index by the capacity that the mapping was made for.
    private LpmNode* Node(uint index) => (LpmNode*)(_nodes + _placement.OffsetOf(index));
}
