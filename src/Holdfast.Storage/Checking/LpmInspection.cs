using System.Buffers.Binary;
using System.Collections;
using System.Numerics;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>
/// Looks into an LPM trie: links stay in bounds, meet each node once, and lead to longer prefixes that begin as what leads to them; count, free queue and,
/// in a durable trie, values and digest agree. Work and memory are bounded by the nodes that the trie can have.
/// </summary>
internal sealed class LpmInspection
{
    private const int MostNodes = 1 << 26;
    private const string Lost = "the prefixes behind it are lost to lookups";

    private readonly MapInspection _map;
    private readonly MapAttributes _attributes;
    private readonly LpmLayout _layout;
    private readonly ChunkInspection _chunks;
    private readonly int _dataBytes;
    private readonly uint _used;
    private readonly byte[] _control = new byte[LpmLayout.LogOffset + sizeof(uint)];
    private readonly byte[] _node;
    private readonly BitArray _reached;
    private readonly Stack<(uint Link, Parent Above, uint Bit)> _open = new();
    private uint _nodes;
    private uint _entries;
    private ulong _digest;

    public LpmInspection(MapInspection map, in MapAttributes attributes)
    {
        _map = map;
        _attributes = attributes;
        _layout = LpmLayout.For(attributes);
        _dataBytes = (int)attributes.KeySize - sizeof(uint);
        _node = new byte[_layout.Stride];
        map.Read(0, _control);
        _chunks = new ChunkInspection(map, _layout.BitmapOffset, _layout.NodesOffset, _layout.Placement.LengthOf(_layout.Capacity), ChunkReservation.DenseShift);
        uint fresh = Word(LpmLayout.FreshOffset);
        if (fresh > _layout.Capacity)
            map.Add($"it says that {fresh} nodes were used, and has {_layout.Capacity}", "none: readers and writers bound it", $"fresh {fresh}");
        _used = Math.Min(Math.Min(fresh, _layout.Capacity), MostNodes);
        _reached = new BitArray((int)_used);
    }

    public void Run()
    {
        _chunks.CheckUnmarked();
        uint taken = Word(LpmLayout.LockOffset);
        _map.CheckLock(taken, "the writers");
        if (taken == 0 && Word(LpmLayout.LogOffset) != 0)
            _map.Add("an update is committed and perhaps half stored, and nobody holds the lock", "some prefix may be missing, or be there once more", $"log {Word(LpmLayout.LogOffset)}");
        int longest = _dataBytes * 8;
        WalkRoots(LpmLayout.ShortRootOffset, 0, LpmLayout.MiddleBits - 1);
        WalkRoots(_layout.MiddleOffset, LpmLayout.MiddleBits, _layout.DeepOffset == 0 ? longest : LpmLayout.DeepBits - 1);
        if (_layout.DeepOffset != 0)
            WalkRoots(_layout.DeepOffset, LpmLayout.DeepBits, longest);

        // Every update changes these words: if they stood still, so did the links.
        byte[] after = new byte[_control.Length];
        _map.Read(0, after);
        if (_map.IsFull || !after.AsSpan().SequenceEqual(_control))
            return;
        if (_entries != Word(LpmLayout.EntriesOffset))
            _map.Add($"it counts {Word(LpmLayout.EntriesOffset)} prefixes and has {_entries}", "it is full too early or too late", $"count {Word(LpmLayout.EntriesOffset)}/{_entries}", isStructural: true);
        if (_attributes.IsDurable && _digest != Long(LpmLayout.DigestOffset) && _digest != Long(LpmLayout.NextDigestOffset))
            _map.Add("its prefixes are not those that its digest is of", "after a restart all comes from the last sync", $"digest {_digest:x}", isStructural: true);
        CheckQueue();
    }

    private void WalkRoots(long offset, int bits, int longest)
    {
        byte[] roots = new byte[sizeof(uint) << bits];
        _map.Read(offset, roots);
        for (int root = 0; root < 1 << bits && !_map.IsFull; root++)
        {
            uint link = BinaryPrimitives.ReadUInt32LittleEndian(roots.AsSpan(root * sizeof(uint)));
            if (link == 0)
                continue;
            byte[] first = new byte[Math.Max(_dataBytes, sizeof(ulong))];
            BinaryPrimitives.WriteUInt64BigEndian(first, bits == 0 ? 0 : (ulong)root << (64 - bits));
            _open.Push((link, new Parent($"root {root} of {bits} bits", bits - 1, bits, first, IsRoot: true), 0));
            while (_open.TryPop(out (uint Link, Parent Above, uint Bit) next) && !_map.IsFull)
                Visit(next.Link, next.Above, next.Bit, longest);
        }
    }

    private void Visit(uint link, Parent above, uint bit, int longest)
    {
        uint index = link - 1;
        string evidence = $"{above.Name} {link} {Word(LpmLayout.VersionOffset)}";
        if (index >= _used || !_chunks.IsReady(_layout.Placement.OffsetOf(index), _layout.Stride))
        {
            _map.Add($"{above.Name} leads to node {index}, which was never used", Lost, evidence, isStructural: true);
            return;
        }

        _map.Read(_layout.NodesOffset + _layout.Placement.OffsetOf(index), _node);
        uint info = BinaryPrimitives.ReadUInt32LittleEndian(_node.AsSpan(8));
        int length = LpmNode.LengthOf(info);
        byte[] data = _node.AsSpan(LpmLayout.HeaderBytes, _dataBytes).ToArray();
        if (_reached[(int)index])
        {
            _map.Add($"node {index} is reached twice ({above.Name}): a loop, or two branches that join", Lost, evidence, isStructural: true);
            return;
        }

        if (length <= above.Length || length > longest)
        {
            _map.Add($"node {index} has a prefix of {length} bits below {above.Name}", Lost, $"{evidence} {length}", isStructural: true);
            return;
        }

        if (CommonBits(data, above.Data) < above.Bits || (!above.IsRoot && BitOf(data, above.Bits) != bit))
        {
            _map.Add($"the prefix of node {index} doesn't begin as {above.Name}, which leads to it", Lost, evidence, isStructural: true);
            return;
        }

        _reached[(int)index] = true;
        _nodes++;
        uint zero = BinaryPrimitives.ReadUInt32LittleEndian(_node), one = BinaryPrimitives.ReadUInt32LittleEndian(_node.AsSpan(4));
        if ((info & LpmNode.Joins) != 0 && (zero == 0 || one == 0))
            _map.Add($"node {index} only joins others, and there are none to join", "none: it takes room", evidence, isStructural: true);
        if ((info & LpmNode.Joins) == 0)
            TakeEntry(index, info, data, evidence);
        Parent self = new($"node {index}", length, length, data, IsRoot: false);
        if (one != 0)
            _open.Push((one, self, 1));
        if (zero != 0)
            _open.Push((zero, self, 0));
    }

    private void TakeEntry(uint index, uint info, byte[] data, string evidence)
    {
        _entries++;
        if (!_attributes.IsDurable)
            return;
        ReadOnlySpan<byte> use = _node.AsSpan((int)_layout.UseOffset);
        uint number = BinaryPrimitives.ReadUInt32LittleEndian(use), check = BinaryPrimitives.ReadUInt32LittleEndian(use[4..]);
        _digest += ContentDigest.PartOf(Long(LpmLayout.DigestKeyOffset) ^ info, ((ulong)index << 32) | (number & ~LpmUse.Loose), data);
        if ((number & LpmUse.Loose) == 0 && check != CheckOf(number, _node.AsSpan((int)_layout.ValueOffset, (int)_attributes.ValueSize)))
            _map.Add($"the value of node {index} isn't what an update wrote", "lookups of its prefix give it", $"{evidence} {number:x} {check:x}", isStructural: true);
    }

    private static unsafe uint CheckOf(uint number, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
            return ~ValueCheck.Of(BitOperations.Crc32C(~0u, number), bytes, value.Length);
    }

    private void CheckQueue()
    {
        uint head = Word(LpmLayout.HeadOffset), tail = Word(LpmLayout.TailOffset), queued = Word(LpmLayout.QueuedOffset);
        string evidence = $"queue {head} {tail} {queued}";
        uint length = 0, last = 0, link = head;
        byte[] next = new byte[sizeof(uint)];
        for (; link - 1 < _used && length < _used && !_reached[(int)(link - 1)]; link = BinaryPrimitives.ReadUInt32LittleEndian(next))
        {
            _map.Read(_layout.NodesOffset + _layout.Placement.OffsetOf(link - 1) + 12, next);
            last = link;
            length++;
        }

        if (link != 0)
            _map.Add("its queue of free nodes leads to one that isn't free", "a prefix may be overwritten", evidence, isStructural: true);
        else if (length != queued || last != tail)
            _map.Add($"its queue of free nodes holds {length} and says {queued}", "nodes may not be used again", evidence, isStructural: true);
        else if (_nodes + length != _used && _used == Word(LpmLayout.FreshOffset))
            _map.Add($"{_used - _nodes - length} of its nodes are neither in the trie nor free", "prefixes may be lost to lookups, and take room", evidence, isStructural: true);
    }

    private int CommonBits(byte[] one, byte[] other)
    {
        for (int at = 0; at < _dataBytes; at++)
        {
            if (one[at] != other[at])
                return (at * 8) + BitOperations.LeadingZeroCount((uint)(one[at] ^ other[at]) << 24);
        }

        return _dataBytes * 8;
    }

    private static uint BitOf(byte[] data, int at) => at >> 3 < data.Length ? (uint)(data[at >> 3] >> (7 - (at & 7))) & 1 : 0;

    private uint Word(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_control.AsSpan(offset));

    private ulong Long(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_control.AsSpan(offset));

    /// <summary>What leads to a node: nodes below it are longer than <paramref name="Length"/>, and begin with so many bits of its.</summary>
    private sealed record Parent(string Name, int Length, int Bits, byte[] Data, bool IsRoot);
}
