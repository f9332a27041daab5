using System.Numerics;
using System.Runtime.CompilerServices;

namespace Holdfast.Storage.Maps.Lpm;

/// <content>
/// What a durable trie writes besides, so that a later boot can tell whether its pages belong together: a digest of the entries in the control page,
/// and of each node which use of the memory it is and a check of the value. <c>docs/on-disk-format.md</c> has the argument.
/// </content>
public sealed unsafe partial class LpmTrie
{
    // Safe: all lie in the control block, which is mapped and was reserved at creation.
    private ref ulong Digest => ref *(ulong*)(Data + LpmLayout.DigestOffset);

    private ref ulong NextDigest => ref *(ulong*)(Data + LpmLayout.NextDigestOffset);

    private ulong DigestKey => *(ulong*)(Data + LpmLayout.DigestKeyOffset);

    // Safe: a node's stride has room for it.
    private LpmUse* UseOf(LpmNode* node) => (LpmUse*)((byte*)node + _layout.UseOffset);

    /// <summary>
    /// Before the store that commits: the digest that the entries are going to have, and in the log the stores of it, behind that of the link. From here to
    /// the last of them the entries have one of the two digests, so a death at any point, of process or machine, leaves a map that can be told.
    /// </summary>
    private void BeginChange(ulong difference)
    {
        ulong digest = Digest + difference;
        Volatile.Write(ref NextDigest, digest);
        _log.Add(Data + LpmLayout.DigestOffset, (uint)digest);
        _log.Add(Data + LpmLayout.DigestOffset + sizeof(uint), (uint)(digest >> 32));
    }

    /// <summary>Sets the digest. The next one first: it is what a death in between leaves to be found.</summary>
    private void SettleDigest(ulong digest)
    {
        Volatile.Write(ref NextDigest, digest);
        Volatile.Write(ref Digest, digest);
    }

    /// <summary>What an entry adds to the digest: which memory it is, which use of it, and its prefix.</summary>
    private ulong PartOf(LpmNode* node)
    {
        uint index = (uint)_placement.CountBefore((byte*)node - _nodes);
        ulong place = ((ulong)index << 32) | (UseOf(node)->Number & ~LpmUse.Loose);
        return ContentDigest.PartOf(DigestKey ^ node->Info, place, DataOf(node), _dataBytes);
    }

    /// <summary>
    /// From here on the memory is in no use: on its page, new bytes of the value never stand beside the number of an earlier use. The mark stays
    /// where it is, since a program that was late may still store.
    /// </summary>
    private void BeginUse(LpmUse* use) => SetNumber(use, 0);

    private void EndUse(LpmNode* node, uint number)
    {
        LpmUse* use = UseOf(node);
        number = Math.Max(number & ~LpmUse.Loose, 1);
        use->Check = CheckOf(node, number);
        SetNumber(use, number);
    }

    private void SetNumber(LpmUse* use, uint number)
    {
        uint seen = Volatile.Read(ref use->Number);
        while (true)
        {
            uint before = Interlocked.CompareExchange(ref use->Number, number | (_placement.IsOnePage ? seen & LpmUse.Loose : 0), seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    private uint CheckOf(LpmNode* node, uint number) =>
        ~ValueCheck.Of(BitOperations.Crc32C(~0u, number), (byte*)node + _valueOffset, _valueSize);

    /// <summary>Before a program is given the value's address: from now on the check says nothing about it, and the page does, if it is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkLoose(LpmNode* node)
    {
        if ((Volatile.Read(ref UseOf(node)->Number) & LpmUse.Loose) == 0)
            MarkFirst(node);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MarkFirst(LpmNode* node)
    {
        Volatile.Write(ref Word(LpmLayout.AddressedOffset), 1);
        Interlocked.Or(ref UseOf(node)->Number, LpmUse.Loose);
    }

    /// <summary>The digest: numbers of uses are had once. The two halves that a writer's log stores one by one may be of two changes; such a mixture was never there before.</summary>
    private protected override ulong Changes => Volatile.Read(ref Word(LpmLayout.AddressedOffset)) != 0 ? 0 : Volatile.Read(ref Digest) ^ DigestKey;

    /// <summary>Whether the value is all of this use of the memory: its check says so or, if a program may have stored into it, it lies on one page.</summary>
    private bool IsWhole(LpmNode* node)
    {
        uint number = UseOf(node)->Number;
        return (number & LpmUse.Loose) != 0 ? (_placement.IsOnePage || IsRepairOfThisBoot) && number != LpmUse.Loose : number != 0 && UseOf(node)->Check == CheckOf(node, number);
    }
}
