using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// BPF_MAP_TYPE_HASH, and BPF_MAP_TYPE_LRU_HASH, which evicts where the other is full. Readers take no lock and wait for nobody. A writer locks the key's stripe, fills a fresh element and
/// publishes it by one store: into the bucket's chain for a new key, in place of the old element's link otherwise; a value of 4 or 8
/// bytes is replaced where it is. Wherever it dies, the bucket is whole; an element that it left between the states is judged by <see cref="Repair"/>.
/// </summary>
public sealed unsafe partial class HashMap : SharedMap
{
    /// <summary>Where the hash seed is, in the control block.</summary>
    internal const int SeedOffset = 8;

    /// <summary>Times that a read starts over because of writers before it takes what it saw last.</summary>
    private const int Attempts = 10_000;

    /// <summary>Elements that a read looks at before it takes the careful way.</summary>
    private const int ShortWalk = 8;

    private readonly HashLayout _layout;
    private readonly HashStripe* _stripes;
    private readonly byte* _buckets;
    private readonly byte* _elements;
    private readonly ChunkReservation _bucketChunks;
    private readonly ChunkReservation _elementChunks;
    private readonly HashAllocator _allocator;
    private readonly uint _seed;
    private readonly uint _stripeMask;
    private readonly uint _capacity;
    private readonly uint _stride;
    private readonly uint _keyOffset;
    private readonly uint _valueOffset;
    private readonly int _bucketShift;
    private readonly ElementPlacement _placement;
    private readonly bool _isDurable;
    private readonly bool _isSparse;
    private readonly bool _replacesInPlace;
    private readonly bool _isLru;
    private readonly int _keySize;
    private readonly int _valueSize;
    private readonly ValueFields? _fields;

    internal HashMap(in MapAttributes attributes, MappedFile file, int descriptor, long dataOffset)
        : base(attributes, file, descriptor, dataOffset)
    {
        _layout = HashLayout.For(attributes);
        _buckets = Data + _layout.BucketsOffset;
        _elements = Data + _layout.ElementsOffset;
        _stripes = (HashStripe*)(Data + HashLayout.StripesOffset);
        _bucketChunks = new ChunkReservation(
            (uint*)(Data + _layout.BucketBitmapOffset), WriteDescriptor, dataOffset + _layout.BucketsOffset, _layout.ElementsOffset - _layout.BucketsOffset, _layout.BucketChunkShift);
        _elementChunks = new ChunkReservation(
            (uint*)(Data + _layout.ElementBitmapOffset), WriteDescriptor, dataOffset + _layout.ElementsOffset, _layout.Length - _layout.ElementsOffset, _layout.ElementChunkShift);
        _allocator = new HashAllocator(Data, _layout, attributes.MaxEntries, _elements, _elementChunks, Leases, attributes.Type == MapType.LruHash);
        _seed = *(uint*)(Data + SeedOffset);
        _stripeMask = _layout.Stripes - 1;
        _known = _layout.FirstBuckets;
        _isSparse = !_layout.Grows;
        _capacity = _layout.Capacity;
        _stride = _layout.Stride;
        _keyOffset = _layout.KeyOffset;
        _valueOffset = _layout.ValueOffset;
        _bucketShift = _layout.BucketShift;
        _placement = _layout.Placement;
        _isDurable = attributes.IsDurable;
        _isLru = attributes.Type == MapType.LruHash;
        _keySize = (int)attributes.KeySize;
        _valueSize = (int)attributes.ValueSize;
        _fields = attributes.Fields;
        _replacesInPlace = _valueSize is 4 or 8 && !_isDurable && attributes.Type != MapType.HashOfMaps && _fields == null;
    }

    /// <summary>Number of entries; exact after <see cref="Repair"/> and while no writer dies.</summary>
    public uint Count => _allocator.Entries;

    /// <inheritdoc/>
    public override int BatchTokenSize => sizeof(uint);

    /// <inheritdoc/>
    public override bool HasBatch(BpfCommand command) => true;

    /// <inheritdoc/>
    public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        fixed (byte* keyBytes = key)
        fixed (byte* target = value)
        {
            if (!FindAndCopy(keyBytes, target, _valueSize))
                return -(int)Errno.ENOENT;
        }

        _fields?.Hide(value);
        return 0;
    }

    /// <inheritdoc/>
    public override byte* LookupPointer(byte* key)
    {
        HashElement* element = Find(key, HashOf(key), out _);
        // A full table of leases makes the element absent: a program must check for null anyhow, and without a lease it can't lock.
        if (element == null || (_fields != null && HasValueLock && BeginWrite() != Errno.None))
            return null;
        if (_isDurable && IsWritable)
            MarkLoose(element);
        if (_isLru)
            MarkReferenced(element);
        return (byte*)element + _valueOffset;
    }

    /// <summary>Finds a key and copies its value, all from one use of the element's memory.</summary>
    private bool FindAndCopy(byte* key, byte* target, int length)
    {
        uint hash = HashOf(key);
        HashElement* found = Find(key, hash, out uint seen);
        if (found == null)
            return false;
        Copy((byte*)found + _valueOffset, target, length);
        Volatile.ReadBarrier();
        return Volatile.Read(ref found->Version) == seen || FindAndCopyAgain(key, hash, target, length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool FindAndCopyAgain(byte* key, uint hash, byte* target, int length)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            HashElement* element = FindCarefully(key, hash, out uint version);
            if (element == null)
                return false;
            Copy((byte*)element + _layout.ValueOffset, target, length);
            Volatile.ReadBarrier();
            if (Volatile.Read(ref element->Version) == version)
                return true;
        }

        // Writers have replaced this key ten thousand times while it was read: the value copied last may mix two of theirs, which
        // is why it is read once more under the lock if this process may take it.
        return CopyLocked(key, hash, target, length);
    }

    private bool CopyLocked(byte* key, uint hash, byte* target, int length)
    {
        if (BeginWrite() != Errno.None)
            return FindCarefully(key, hash, out _) != null;
        HashStripe* stripe = EnterStripe(hash);
        HashElement* element = FindLocked(key, hash, out _);
        if (element != null)
            Copy((byte*)element + _layout.ValueOffset, target, length);
        SharedLock.Leave(LockOf(stripe));
        return element != null;
    }

    /// <summary>
    /// Finds a key's element without a lock. First by a short walk that trusts what nothing contradicts; whatever is odd (a
    /// writer at work, memory not there, a long bucket, buckets added since, nothing found) is left to <see cref="FindCarefully"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private HashElement* Find(byte* key, uint hash, out uint version)
    {
        uint at = BucketOf(hash, _known);
        if (IsBucketReady(at))
        {
            uint next = Volatile.Read(ref BucketAt(at)->Head);
            for (int steps = 0; steps < ShortWalk; steps++)
            {
                HashElement* element = Element(next - 1);
                if (next - 1 >= _capacity || !_elementChunks.IsReady((byte*)element - _elements, _stride))
                    break;
                uint seen = Volatile.Read(ref element->Version);
                bool match = Volatile.Read(ref element->Hash) == hash && KeyEquals((byte*)element + _keyOffset, key);
                next = Volatile.Read(ref element->Next);
                Volatile.ReadBarrier();
                if ((seen & 1) != 0 || Volatile.Read(ref element->Version) != seen)
                    break;
                if (match)
                {
                    version = seen;
                    return element;
                }
            }
        }

        return FindCarefully(key, hash, out version);
    }

    /// <summary>As above. No link is followed that was not part of the bucket while it was read.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private HashElement* FindCarefully(byte* key, uint hash, out uint version)
    {
        version = 0;
        HashStripe* stripe = StripeOf(hash);
        // Chains are a few elements long. In a damaged file one may be as long as the map, and lead nowhere: all attempts together
        // take no more steps than this.
        long steps = (16L * Attempts) + (2L * _allocator.Used);
        for (int attempt = 0; attempt < Attempts && steps > 0; attempt++)
        {
            // In this order: whoever splits the bucket that the count names counts an unlinking before he cuts its chain.
            uint unlinks = Volatile.Read(ref stripe->Unlinks);
            uint at = BucketOf(hash, CountBuckets());
            if (!IsBucketReady(at))
                return null;
            Walk walk = Follow(BucketAt(at), key, hash, ref steps, out HashElement* element, out version);
            if (walk == Walk.Found)
                return element;
            // An unlinking meanwhile may have led the walk past an element that was there throughout.
            if (walk == Walk.End && Volatile.Read(ref stripe->Unlinks) == unlinks)
                return null;
        }

        return null;
    }

    private Walk Follow(HashBucket* bucket, byte* key, uint hash, ref long steps, out HashElement* found, out uint version)
    {
        found = null;
        version = 0;
        uint next = Volatile.Read(ref bucket->Head);
        for (; next != 0 && steps > 0; steps--)
        {
            if (next - 1 >= _layout.Capacity)
                return Walk.End; // no writer makes such a link: the file is damaged, and the bucket ends here
            HashElement* element = Element(next - 1);
            if (!_elementChunks.IsReady((byte*)element - _elements, _layout.Stride))
                return Walk.End;
            version = Volatile.Read(ref element->Version);
            uint elementHash = Volatile.Read(ref element->Hash);
            bool match = elementHash == hash && KeyEquals((byte*)element + _keyOffset, key);
            next = Volatile.Read(ref element->Next);
            Volatile.ReadBarrier();
            // Of another bucket it may be, while one is split; of another stripe never.
            if ((version & 1) != 0 || Volatile.Read(ref element->Version) != version || ((elementHash ^ hash) & _stripeMask) != 0)
                return Walk.Lost;
            found = element;
            if (match)
                return Walk.Found;
        }

        return Walk.End;
    }

    private enum Walk
    {
        Found,
        End,
        Lost,
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint HashOf(byte* key)
    {
        uint hash = _seed;
        int at = 0;
        for (; at + 8 <= _keySize; at += 8)
            hash = System.Numerics.BitOperations.Crc32C(hash, Unsafe.ReadUnaligned<ulong>(key + at));
        for (; at + 4 <= _keySize; at += 4)
            hash = System.Numerics.BitOperations.Crc32C(hash, Unsafe.ReadUnaligned<uint>(key + at));
        for (; at < _keySize; at++)
            hash = System.Numerics.BitOperations.Crc32C(hash, key[at]);
        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool KeyEquals(byte* element, byte* key)
    {
        if (_keySize == 4)
            return Unsafe.ReadUnaligned<uint>(element) == Unsafe.ReadUnaligned<uint>(key);
        if (_keySize == 8)
            return Unsafe.ReadUnaligned<ulong>(element) == Unsafe.ReadUnaligned<ulong>(key);
        return new ReadOnlySpan<byte>(element, _keySize).SequenceEqual(new ReadOnlySpan<byte>(key, _keySize));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* source, byte* target, int length)
    {
        if (length == 8)
            Unsafe.WriteUnaligned(target, Volatile.Read(ref *(ulong*)source));
        else if (length == 4)
            Unsafe.WriteUnaligned(target, Volatile.Read(ref *(uint*)source));
        else
            Buffer.MemoryCopy(source, target, length, length);
    }

    // Safe: callers bound the index by the capacity that the mapping was made for.
    private HashElement* Element(uint index) => (HashElement*)(_elements + _placement.OffsetOf(index));
}
