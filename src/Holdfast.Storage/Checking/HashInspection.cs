using System.Buffers.Binary;
using System.Collections;
using System.Numerics;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>
/// Looks into a hash map: chains stay in bounds and in order, meet each element once and no key twice; each element's hash is its key's and belongs to its
/// bucket; states, count and free queue agree. Work and memory are bounded by the elements that the map can have.
/// </summary>
internal sealed class HashInspection
{
    private const int MostElements = 1 << 26; // 64 M elements take 1 GiB here
    private const int Piece = 1 << 20;
    private const int LongestCompared = 1000;
    private const int ControlBytes = HashLayout.StripesOffset;
    private const string WrongLookups = "lookups can miss entries or find the wrong ones";

    private readonly MapInspection _map;
    private readonly HashLayout _layout;
    private readonly int _keySize;
    private readonly byte[] _bucketBitmap;
    private readonly byte[] _elementBitmap;
    private readonly byte[] _stripes;
    private readonly uint _buckets;
    private readonly byte[] _control = new byte[ControlBytes];
    private readonly uint _used;
    private readonly uint[] _next;
    private readonly uint[] _hash;
    private readonly uint[] _version;
    private readonly uint[] _state;
    private readonly BitArray _sound;
    private readonly BitArray _reached;

    public HashInspection(MapInspection map, in MapAttributes attributes)
    {
        _map = map;
        _layout = HashLayout.For(attributes);
        _keySize = (int)attributes.KeySize;
        _bucketBitmap = new byte[_layout.ElementBitmapOffset - _layout.BucketBitmapOffset];
        _elementBitmap = new byte[_layout.BucketsOffset - _layout.ElementBitmapOffset];
        _stripes = new byte[_layout.Stripes * HashLayout.StripeBytes];
        map.Read(0, _control);
        map.Read(_layout.BucketBitmapOffset, _bucketBitmap);
        map.Read(_layout.ElementBitmapOffset, _elementBitmap);
        map.Read(HashLayout.StripesOffset, _stripes);
        _buckets = _layout.Buckets;
        if (_layout.Grows)
        {
            uint count = Word(HashMap.BucketCountOffset);
            _buckets = Math.Clamp(count, _layout.FirstBuckets, _layout.Buckets);
            if (count != _buckets)
                map.Add($"it says that it has {count} buckets, and has {_layout.FirstBuckets} to {_layout.Buckets}", "none: readers and writers bound it", $"buckets {count}");
        }

        uint fresh = Word(HashAllocator.FreshOffset);
        if (fresh > _layout.Capacity)
            map.Add($"it says that {fresh} elements were used, and has {_layout.Capacity}", "none: readers and writers bound it", $"fresh {fresh}");
        _used = Math.Min(fresh, _layout.Capacity);
        if (_used > MostElements)
            map.Add($"it has used {_used} elements, too many to be looked at", "only the first 67 million are checked", $"used {_used}");
        _used = Math.Min(_used, MostElements);
        _next = new uint[_used];
        _hash = new uint[_used];
        _version = new uint[_used];
        _state = new uint[_used];
        _sound = new BitArray((int)_used);
        _reached = new BitArray((int)_used);
    }

    public void Run()
    {
        ReadElements();
        WalkBuckets();
        for (int lane = 0; lane < _layout.Lanes; lane++)
            _map.CheckLock(InLane(lane, 0), "the element allocator");
        (uint entries, bool settled) = JudgeStates();

        // Every insert, replacement and deletion changes these words: if they stood still, so did the count and the queue.
        byte[] after = new byte[ControlBytes];
        _map.Read(0, after);
        if (!settled || _map.IsFull || !after.AsSpan().SequenceEqual(_control))
            return;
        uint counted = 0;
        for (int lane = 0; lane < _layout.Lanes; lane++)
            counted += InLane(lane, HashAllocator.EntriesInLane);
        if (entries != counted)
            _map.Add($"it counts {counted} entries and has {entries}", "it is full too early or too late", $"count {counted}/{entries}");
        CheckQueues();
    }

    private void ReadElements()
    {
        uint seed = Word(HashMap.SeedOffset);
        int head = (int)_layout.KeyOffset + _keySize;
        int together = Math.Max(Piece / (int)_layout.Stride, 1);
        bool dense = _layout.Stride <= 1024;
        byte[] buffer = new byte[dense ? together * (int)_layout.Stride : head];
        for (long index = 0; index < _used;)
        {
            int count = dense ? (int)Math.Min(together, _used - index) : 1;
            if (dense)
                count = (int)Math.Min(count, _layout.Placement.RunOf((uint)index));
            _map.Read(_layout.ElementsOffset + _layout.Placement.OffsetOf((uint)index), dense ? buffer.AsSpan(0, count * (int)_layout.Stride) : buffer);
            for (int at = 0; at < count; at++, index++)
                TakeElement((int)index, buffer.AsSpan(at * (int)_layout.Stride, head), seed);
        }
    }

    private void TakeElement(int index, ReadOnlySpan<byte> element, uint seed)
    {
        _next[index] = BinaryPrimitives.ReadUInt32LittleEndian(element);
        _hash[index] = BinaryPrimitives.ReadUInt32LittleEndian(element[4..]);
        _version[index] = BinaryPrimitives.ReadUInt32LittleEndian(element[8..]);
        _state[index] = BinaryPrimitives.ReadUInt32LittleEndian(element[12..]);
        _sound[index] = _hash[index] == HashOf(seed, element[(int)_layout.KeyOffset..]);
    }

    private void WalkBuckets()
    {
        byte[] buffer = new byte[1 << _layout.BucketChunkShift];
        int bucketBytes = 1 << _layout.BucketShift;
        long length = (long)_buckets << _layout.BucketShift;
        for (int stripe = 0; stripe < _layout.Stripes; stripe++)
            _map.CheckLock(StripeWord(stripe, 0), $"stripe {stripe}");
        for (long start = 0; start < length && !_map.IsFull; start += buffer.Length)
        {
            if (!IsReady(_bucketBitmap, _layout.BucketChunkShift, start, bucketBytes))
                continue; // nobody has used a bucket of this chunk
            int count = (int)Math.Min(buffer.Length, length - start);
            _map.Read(_layout.BucketsOffset + start, buffer.AsSpan(0, count));
            for (int at = 0; at < count; at += bucketBytes)
                WalkBucket((uint)((start + at) / bucketBytes), BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan(at)));
        }
    }

    /// <summary>Whether who had the bucket's lock may have died in the middle of splitting it: until the lock is taken over, it leads to what is the new one's.</summary>
    private bool IsBeingSplit(uint bucket)
    {
        int stripe = (int)(bucket & (_layout.Stripes - 1));
        return _layout.Grows && StripeWord(stripe, 0) != 0 && StripeWord(stripe, 12) == bucket;
    }

    private void WalkBucket(uint bucket, uint link)
    {
        List<int>? chain = null;
        uint last = 0;
        for (; link != 0; link = _next[link - 1])
        {
            string place = $"bucket {bucket}, element {link - 1L}";
            if (link - 1 >= _used || !IsReady(_elementBitmap, _layout.ElementChunkShift, _layout.Placement.OffsetOf(link - 1), _layout.Stride))
            {
                _map.Add($"bucket {bucket} leads to element {link - 1L}, which was never used", "entries behind it are lost to lookups", place, isStructural: true);
                return;
            }

            uint owner = HashMap.BucketOf(_hash[link - 1], _buckets);
            if (owner != bucket && IsBeingSplit(bucket))
                return;
            int index = (int)link - 1;
            string evidence = $"{place} {_version[index]:x} {_hash[index]:x} {_state[index]:x}";
            if (_reached[index])
            {
                _map.Add($"element {index} is reached twice (bucket {bucket}): a loop, or two chains that join", WrongLookups, evidence, isStructural: true);
                return;
            }

            _reached[index] = true;
            if ((_version[index] & 1) != 0 || _state[index] == HashElement.Free)
                _map.Add($"bucket {bucket} leads to element {index}, which is free", WrongLookups, evidence, isStructural: true);
            else if (owner != bucket)
                _map.Add($"element {index} is in bucket {bucket} and belongs to {owner}", WrongLookups, evidence, isStructural: true);
            else if (!_sound[index])
                _map.Add($"the key of element {index} (bucket {bucket}) has another hash than it says", "the entry can't be found by its key", evidence, isStructural: true);
            else if (chain is not null && FindDouble(chain, index) is { } other)
                _map.Add($"elements {other} and {index} (bucket {bucket}) have the same key", "the older value is hidden, and comes back when the newer is deleted", evidence, isStructural: true);
            else if (HashMap.IsBehind(last, _hash[index]))
                _map.Add($"element {index} (bucket {bucket}) is out of order", "updates can miss it, and lookups when the bucket is split", evidence, isStructural: true);
            last = _hash[index];
            if (chain is null || chain.Count < LongestCompared)
                (chain ??= []).Add(index);
        }
    }

    private int? FindDouble(List<int> chain, int index)
    {
        foreach (int other in chain)
        {
            if (_hash[other] == _hash[index] && Key(other).AsSpan().SequenceEqual(Key(index)))
                return other;
        }

        return null;
    }

    private byte[] Key(int index)
    {
        byte[] key = new byte[_keySize];
        _map.Read(_layout.ElementsOffset + _layout.Placement.OffsetOf((uint)index) + (int)_layout.KeyOffset, key);
        return key;
    }

    /// <summary>Counts entries by the elements' states; not settled while a live writer is between two of them.</summary>
    private (uint Entries, bool Settled) JudgeStates()
    {
        uint entries = 0;
        bool settled = true;
        for (int index = 0; index < _used && !_map.IsFull; index++)
        {
            uint state = _state[index];
            if (state == HashElement.Free)
                continue;
            string evidence = $"element {index} {_version[index]:x} {state:x}";
            if (state == HashElement.Linked)
            {
                entries++;
                if (!_reached[index])
                    _map.Add($"element {index} counts as an entry, and no bucket leads to it", "the entry is lost to lookups, and takes room", evidence, isStructural: true);
            }
            else if (_map.IsDead(state & ~HashElement.CountsAsEntry))
            {
                settled = false;
                _map.Add($"a writer died while it changed element {index}", "it takes room until the map is full, or repaired; the count of entries may be off by one", evidence);
            }
            else
            {
                settled = false;
            }
        }

        return (entries, settled);
    }

    private void CheckQueues()
    {
        uint free = 0, inQueues = 0;
        for (int index = 0; index < _used; index++)
            free += _state[index] == HashElement.Free ? 1u : 0;
        bool sound = true;
        for (int lane = 0; lane < _layout.Lanes; lane++)
            sound &= CheckQueue(lane, ref inQueues);
        if (sound && free != inQueues)
            _map.Add($"{free - inQueues} free elements are not in the queue of free elements", "they are not used until the map is full, or repaired", $"free {free}, queued {inQueues}");
    }

    private bool CheckQueue(int lane, ref uint inQueues)
    {
        uint head = InLane(lane, HashAllocator.HeadInLane), tail = InLane(lane, HashAllocator.TailInLane), queued = InLane(lane, HashAllocator.QueuedInLane);
        string evidence = $"queue {lane} {head} {tail} {queued}";
        uint length = 0, last = 0;
        uint link = head;
        for (; link - 1 < _used && length < _used && _state[link - 1] == HashElement.Free; link = _next[link - 1])
        {
            last = link;
            length++;
        }

        inQueues += length;
        if (link != 0)
            _map.Add("its queue of free elements leads to one that isn't free", "an entry may be overwritten", evidence);
        else if (length != queued || (last != tail && length > 0))
            _map.Add($"its queue of free elements holds {length} and says {queued}", "elements may not be used again", evidence);
        else
            return true;
        return false;
    }

    private uint InLane(int lane, int offset) => Word(HashAllocator.OffsetOf(_layout, lane) + offset);

    private static bool IsReady(byte[] bitmap, int shift, long start, long length)
    {
        for (long chunk = start >> shift; chunk <= (start + length - 1) >> shift; chunk++)
        {
            if ((bitmap[chunk >> 3] & (1 << (int)(chunk & 7))) == 0)
                return false;
        }

        return true;
    }

    private uint StripeWord(int stripe, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_stripes.AsSpan((stripe * HashLayout.StripeBytes) + offset));

    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_control.AsSpan(offset));

    /// <summary>As the map itself computes it: CRC-32C of the key, eight bytes at a time.</summary>
    private static uint HashOf(uint seed, ReadOnlySpan<byte> key)
    {
        uint hash = seed;
        for (; key.Length >= 8; key = key[8..])
            hash = BitOperations.Crc32C(hash, BinaryPrimitives.ReadUInt64LittleEndian(key));
        if (key.Length >= 4)
        {
            hash = BitOperations.Crc32C(hash, BinaryPrimitives.ReadUInt32LittleEndian(key));
            key = key[4..];
        }

        foreach (byte rest in key)
            hash = BitOperations.Crc32C(hash, rest);
        return hash;
    }
}
