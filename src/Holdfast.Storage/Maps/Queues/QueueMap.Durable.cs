using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Queues;

/// <content>
/// What a durable queue or stack writes besides, and what a restart of the machine asks for. The control page names the ends and a digest of the
/// elements between them: if the elements that are found have it, all pages are as of the moment of that page. <c>docs/on-disk-format.md</c> has the argument.
/// </content>
public sealed unsafe partial class QueueMap
{
    // Safe: all lie in the control block, which is mapped and was reserved at creation.
    private ref ulong Digest => ref *(ulong*)(Data + QueueLayout.DigestOffset);

    private ref ulong NextDigest => ref *(ulong*)(Data + QueueLayout.NextDigestOffset);

    private ref ulong NextEnds => ref *(ulong*)(Data + QueueLayout.NextEndsOffset);

    private ulong DigestKey => *(ulong*)(Data + QueueLayout.DigestKeyOffset);

    /// <summary>The digest: with the same elements in the same slots there is nothing to tell. The key makes it no 0.</summary>
    private protected override ulong Changes => Volatile.Read(ref Digest) ^ DigestKey;

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => _chunks.RestoreAfterBoot(IsRepairOfThisBoot);

    /// <summary>The file as it is, if it proves to be of one moment; else the snapshot, in the order of the pushes.</summary>
    private protected override Errno Recover(MapSnapshot snapshot)
    {
        *LockPlace = 0;
        if (IsProven() || (IsRepairOfThisBoot && QueueEnds.Of(EndsWord, _slots).Word == EndsWord))
        {
            RepairAfterBoot();
            return Errno.None;
        }

        Disprove();
        Errno failure = snapshot.ReadAll((_, value) => (Errno)(-Update([], value, UpdateFlags.Any)));
        if (failure == Errno.None)
            Settle(DigestOf(QueueEnds.Read(ref EndsWord, _slots)));
        return failure;
    }

    /// <summary>
    /// No lock is held. Ends that no writer makes are read as an empty map. A durable map that nothing was promised of and that doesn't prove
    /// itself is empty too, since any of its elements may be torn.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        *LockPlace = 0;
        if (_isDurable && !IsRepairOfThisBoot && !IsProven())
            Disprove();
        QueueEnds ends = QueueEnds.Read(ref EndsWord, _slots);
        EndsWord = ends.Word;
        if (_isDurable)
            Settle(DigestOf(ends));
    }

    /// <summary>Takes the lock. Ends change by one store, so a dead writer leaves nothing half done; the digest follows the ends that he left.</summary>
    private void Enter()
    {
        if (SharedLock.Enter(LockPlace, Leases) == SharedLock.Entry.TakenOver && _isDurable && Volatile.Read(ref NextEnds) == Volatile.Read(ref EndsWord))
            EndChange();
    }

    /// <summary>
    /// Before the store of the ends: which they are going to be, and the digest then. From here to <see cref="EndChange"/> the map has one of the
    /// two digests. The ends first: a death between the two stores leaves next ends that aren't there, so the digest stays.
    /// </summary>
    private void BeginChange(QueueEnds after, ulong difference)
    {
        Volatile.Write(ref NextEnds, after.Word);
        Volatile.Write(ref NextDigest, Digest + difference);
    }

    private void EndChange() => Volatile.Write(ref Digest, NextDigest);

    /// <summary>Sets the digest. The next one first: it is what a death in between leaves to be found.</summary>
    private void Settle(ulong digest)
    {
        Volatile.Write(ref NextDigest, digest);
        Volatile.Write(ref Digest, digest);
    }

    /// <summary>Empties the map, with a digest that it doesn't have. In this order: at no moment is it empty, and its digest an empty one's.</summary>
    private void Disprove()
    {
        Settle(ContentDigest.Unproven);
        Volatile.Write(ref EndsWord, 0);
    }

    private bool IsProven()
    {
        // Every page of the file may be of another moment, but the words here are on one page.
        ulong word = EndsWord;
        QueueEnds ends = QueueEnds.Of(word, _slots);
        ulong digest = DigestOf(ends);
        return ends.Word == word && (digest == Digest || digest == NextDigest);
    }

    private ulong DigestOf(QueueEnds ends)
    {
        ulong digest = 0;
        for (uint slot = ends.Tail; slot != ends.Head; slot = ends.After(slot))
            digest += PartOf(slot);
        return digest;
    }

    /// <summary>What an element adds to the digest: its slot and its bytes. A slot of which the memory isn't there adds nothing, and proves nothing.</summary>
    private ulong PartOf(uint slot) =>
        _chunks.IsReady((long)slot * _stride, _stride) ? ContentDigest.PartOf(DigestKey, slot, Slot(slot), _valueSize) : 0;
}
