using System.Collections;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;

namespace Holdfast.Storage.Maps.Lpm;

/// <content>What a restart of the machine asks for.</content>
public sealed unsafe partial class LpmTrie
{
    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot(IsRepairOfThisBoot);

    /// <summary>
    /// The file as it is, if its entries prove to be of one moment: those that its links lead to, each below a parent that it belongs to and with a value
    /// that is whole, have the digest that the control page names. Else the snapshot.
    /// </summary>
    private protected override Errno Recover(MapSnapshot snapshot)
    {
        if (IsRepairOfThisBoot)
        {
            RepairAfterBoot();
            return Errno.None;
        }

        ulong found = KeepTrusted();
        if (found == Digest || found == NextDigest)
        {
            SettleDigest(found);
            return Errno.None;
        }

        // A digest that the entries don't have, before they go: a death on the way has it done again.
        SettleDigest(ContentDigest.Unproven);
        Clear();
        Errno failure = snapshot.ReadAll((key, value) => (Errno)(-Update(key, value, UpdateFlags.Any)));
        if (failure == Errno.None)
            SettleDigest(Digest - ContentDigest.Unproven);
        return failure;
    }

    /// <inheritdoc/>
    private protected override void RepairAfterBoot()
    {
        if (IsRepairOfThisBoot)
            _ = _log.Complete();
        List<(byte[] Key, byte[] Value)> lost = [];
        BitArray? free = IsRepairOfThisBoot ? FreeNodesNow() : null;
        ulong found = KeepTrusted(free, lost);
        if (_isDurable)
            SettleDigest(found);

        // One that finds no room is in the copy that the repair keeps.
        foreach ((byte[] key, byte[] value) in lost)
            _ = Update(key, value, UpdateFlags.NoExist);
    }

    /// <summary>The nodes of the free queue; null if it isn't one.</summary>
    private BitArray? FreeNodesNow()
    {
        uint used = Math.Min(Word(LpmLayout.FreshOffset), _capacity), queued = Word(LpmLayout.QueuedOffset), link = Word(LpmLayout.HeadOffset);
        if (used > int.MaxValue)
            return null;
        BitArray free = new((int)used);
        uint length = 0;
        for (; link - 1 < used && !free[(int)(link - 1)] && _chunks.IsReady(_placement.OffsetOf(link - 1), _stride); link = Node(link - 1)->Next, length++)
            free[(int)(link - 1)] = true;
        return link == 0 && length == queued ? free : null;
    }

    /// <summary>In a trie that was damaged while it was in use: entries that no link leads to any more, and that aren't free.</summary>
    private void Collect(BitArray free, BitArray reached, List<(byte[] Key, byte[] Value)> lost)
    {
        for (int index = 0; index < Math.Min(free.Length, reached.Length); index++)
        {
            LpmNode* node = Node((uint)index);
            if (free[index] || reached[index] || node->Info > _longest || (_isDurable && !IsWhole(node)))
                continue;
            byte[] key = new byte[Attributes.KeySize];
            CopyKey(node, key);
            lost.Add((key, new ReadOnlySpan<byte>((byte*)node + _valueOffset, _valueSize).ToArray()));
        }
    }

    private void Clear()
    {
        *_root = 0;
        new Span<uint>(_middle, 1 << LpmLayout.MiddleBits).Clear();
        if (_deep != null)
            new Span<uint>(_deep, 1 << LpmLayout.DeepBits).Clear();
        _ = KeepTrusted();
    }

    /// <summary>
    /// Keeps of each trie what can be trusted: nodes whose blocks are there, that belong below their parent and that no link led to
    /// before; in a durable trie, entries whose values are whole. All else is free. A committed log is not completed: it may have reached the disk
    /// without what it builds on.
    /// </summary>
    /// <returns>The digest of the entries that are left.</returns>
    private ulong KeepTrusted(BitArray? freeNodes = null, List<(byte[] Key, byte[] Value)>? lost = null)
    {
        *LockPlace = 0;
        _log.Clear();
        uint used = 0;
        while (used < _capacity && _chunks.IsReady(_placement.OffsetOf(used), _stride))
            used++;
        BitArray reached = new((int)Math.Min(used, int.MaxValue));
        ulong digest = 0;
        uint entries = 0;
        KeepTrusted(_root, 0, 0, LpmLayout.MiddleBits - 1, reached, freeNodes, ref entries, ref digest);
        int longest = (int)_longest;
        for (uint root = 0; root < 1 << LpmLayout.MiddleBits; root++)
            KeepTrusted(_middle + root, (ulong)root << (64 - LpmLayout.MiddleBits), LpmLayout.MiddleBits, _deep == null ? longest : LpmLayout.DeepBits - 1, reached, freeNodes, ref entries, ref digest);
        for (uint root = 0; _deep != null && root < 1 << LpmLayout.DeepBits; root++)
            KeepTrusted(_deep + root, (ulong)root << (64 - LpmLayout.DeepBits), LpmLayout.DeepBits, longest, reached, freeNodes, ref entries, ref digest);

        if (freeNodes is not null)
            Collect(freeNodes, reached, lost!);
        uint head = 0, free = 0, tail = 0;
        for (int index = reached.Length - 1; index >= 0; index--)
        {
            if (reached[index])
                continue;
            Node((uint)index)->Next = head;
            head = (uint)index + 1;
            tail = tail == 0 ? head : tail;
            free++;
        }

        Word(LpmLayout.FreshOffset) = (uint)reached.Length;
        Word(LpmLayout.HeadOffset) = head;
        Word(LpmLayout.TailOffset) = tail;
        Word(LpmLayout.QueuedOffset) = free;
        Word(LpmLayout.EntriesOffset) = entries;

        // Uses of memory after this differ from those that were lost, which the digest on an older page may name.
        if (_isDurable)
            Version += (uint)Random.Shared.Next();

        // Marks that outlive their page's neighbours: the next program that is given such an address says so no more.
        for (uint index = 0; _isDurable && index < used; index++)
            Word(LpmLayout.AddressedOffset) |= UseOf(Node(index))->Number >> 31;
        return digest;
    }

    /// <summary>Walks one trie; cuts every link to what can't be trusted.</summary>
    private void KeepTrusted(uint* root, ulong firstBits, int rootBits, int longest, BitArray reached, BitArray? freeNodes, ref uint entries, ref ulong digest)
    {
        if (*root == 0)
            return;
        ulong* bits = stackalloc ulong[LargestWords];
        new Span<ulong>(bits, LargestWords).Clear();
        bits[0] = firstBits;
        List<nint> followed = [];
        // Addresses of links still to follow, with what their nodes must begin with.
        Stack<(nint Link, nint Parent, uint Bit)> open = new();
        open.Push(((nint)root, 0, 0));
        while (open.TryPop(out (nint Link, nint Parent, uint Bit) next))
        {
            uint* link = (uint*)next.Link;
            LpmNode* parent = (LpmNode*)next.Parent;
            int above = parent == null ? rootBits - 1 : LpmNode.LengthOf(parent->Info);
            LpmNode* node = *link - 1 < (uint)reached.Length ? NodeAt(*link, above) : null;
            bool trusted = node != null && LpmNode.LengthOf(node->Info) <= longest && !reached[(int)(*link - 1)] && Belongs(node, parent, next.Bit, bits, rootBits);
            if (!trusted)
            {
                // A node that is not what it should be isn't put back elsewhere.
                if (freeNodes is not null && node != null)
                    freeNodes[(int)(*link - 1)] |= !reached[(int)(*link - 1)];
                *link = 0;
                continue;
            }

            reached[(int)(*link - 1)] = true;
            followed.Add(next.Link);
            // Entries of several moments may be more than the map may have.
            if ((node->Info & LpmNode.Joins) == 0 && (entries == Attributes.MaxEntries || (_isDurable && !IsWhole(node))))
                node->Info |= LpmNode.Joins;
            if ((node->Info & LpmNode.Joins) == 0)
            {
                entries++;
                digest += _isDurable ? PartOf(node) : 0;
            }

            if (node->Child0 != 0)
                open.Push(((nint)(&node->Child0), (nint)node, 0));
            if (node->Child1 != 0)
                open.Push(((nint)(&node->Child1), (nint)node, 1));
        }

        // Children before their parents: where nothing parts any more, no node stays that only joins.
        for (int at = followed.Count - 1; at >= 0; at--)
        {
            uint* link = (uint*)followed[at];
            LpmNode* node = Node(*link - 1);
            if ((node->Info & LpmNode.Joins) == 0 || (node->Child0 != 0 && node->Child1 != 0))
                continue;
            reached[(int)(*link - 1)] = false;
            *link = node->Child0 | node->Child1;
        }
    }

    private bool Belongs(LpmNode* node, LpmNode* parent, uint bit, ulong* rootBits, int bitsOfRoot)
    {
        if (parent == null)
            return Common(node, rootBits, bitsOfRoot) == bitsOfRoot;
        ulong* bits = stackalloc ulong[LargestWords];
        Load(DataOf(parent), bits);
        int length = LpmNode.LengthOf(parent->Info);
        return Common(node, bits, length) == length && BitOf(node, length) == bit;
    }
}
