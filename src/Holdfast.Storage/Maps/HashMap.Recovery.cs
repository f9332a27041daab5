using System.Collections;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// Recovery of a durable map with a snapshot. A bucket is kept if its digest proves that its page and its elements' pages are of one moment;
/// the entries of any other come from the snapshot. <c>docs/on-disk-format.md</c> has the argument.
/// </content>
public sealed unsafe partial class HashMap
{
    /// <summary>
    /// The digest of a bucket that is being filled from the snapshot. No chain has it, the empty one neither: a death on the way leaves a
    /// bucket that is filled from the snapshot again.
    /// </summary>
    private const ulong Unproven = 0x556E70726F76656E;

    /// <inheritdoc/>
    private protected override Errno Recover(MapSnapshot snapshot)
    {
        _allocator.Restart();
        Errno failure = BeginWrite();
        if (failure != Errno.None)
            return failure;
        ReleaseStripes();
        SettleAll(KeepProven());
        failure = MakeRoom(snapshot);
        if (failure == Errno.None)
            failure = snapshot.ReadAll((key, value) => Refill(key, value));
        if (failure != Errno.None)
            return failure;
        for (ulong position = 0; TryFindBucket(ref position, _known, out uint at); position = at + 1ul)
        {
            HashBucket* bucket = BucketAt(at);
            if (!IsProven(bucket))
                SettleDigest(bucket, DigestOfChain(bucket));
        }

        _allocator.RaiseEpoch((uint)Math.Min(snapshot.Header.Epoch + 1, ~HashElement.Loose));
        return Errno.None;
    }

    private static bool IsProven(HashBucket* bucket) => bucket->Digest != Unproven || bucket->NextDigest != Unproven;

    private static void Disprove(HashBucket* bucket)
    {
        // In this order: at no moment is the bucket empty and its digest an empty one's.
        SettleDigest(bucket, Unproven);
        Volatile.Write(ref bucket->Head, 0);
    }

    /// <summary>Keeps the buckets that prove themselves, and empties the others.</summary>
    /// <returns>The elements in kept buckets.</returns>
    private BitArray KeepProven()
    {
        BitArray reached = new((int)Math.Min(_allocator.Used, int.MaxValue));
        List<int> walked = [];
        for (ulong position = 0; TryFindBucket(ref position, _known, out uint at); position = at + 1ul)
        {
            HashBucket* bucket = BucketAt(at);
            if (TryProve(bucket, at, reached, walked))
                continue;
            foreach (int index in walked)
                reached[index] = false;
            Disprove(bucket);
        }

        return reached;
    }

    private bool TryProve(HashBucket* bucket, uint at, BitArray reached, List<int> walked)
    {
        ulong digest = 0;
        walked.Clear();
        for (uint next = bucket->Head; next != 0;)
        {
            // Each element is walked once: whoever changes links meanwhile makes no endless chain.
            int index = (int)(next - 1);
            if (index < 0 || index >= reached.Length || reached[index] || !IsTrusted((uint)index) || BucketOf(Element((uint)index)->Hash, _known) != at || !IsWhole(Element((uint)index)))
                return false;
            reached[index] = true;
            walked.Add(index);
            digest += PartOf(Element((uint)index));
            next = Element((uint)index)->Next;
        }

        if (!IsProven(bucket) || (digest != bucket->Digest && digest != bucket->NextDigest))
            return false;
        SettleDigest(bucket, digest);
        return true;
    }

    /// <summary>
    /// Kept buckets may be of later moments than the snapshot, and some of an entry's deletion while others are of a later insertion: together
    /// they may be more than the map may have. Entries inserted after the snapshot was begun go then, of which nothing was promised.
    /// </summary>
    private Errno MakeRoom(MapSnapshot snapshot)
    {
        long excess = _allocator.Entries - (long)Attributes.MaxEntries;
        Errno failure = snapshot.ReadAll((key, _) =>
        {
            excess += IsKept(key) ? 0 : 1;
            return Errno.None;
        });
        for (ulong position = 0; excess > 0 && TryFindBucket(ref position, _known, out uint at); position = at + 1ul)
            excess -= DropLater(at, snapshot.Header.Epoch, excess);
        if (failure != Errno.None || excess <= 0)
            return failure;

        // No writer of ours leaves so many: a file changed by others. The snapshot alone is bounded.
        for (ulong position = 0; TryFindBucket(ref position, _known, out uint at); position = at + 1ul)
            Disprove(BucketAt(at));
        SettleAll(new BitArray((int)Math.Min(_allocator.Used, int.MaxValue)));
        return Errno.None;
    }

    private long DropLater(uint at, ulong epoch, long most)
    {
        HashBucket* bucket = BucketAt(at);
        uint used = _allocator.Used, index;
        long dropped = 0;
        uint* link = &bucket->Head;
        for (uint steps = 0; steps < used && dropped < most && IsProven(bucket) && (index = Volatile.Read(ref *link) - 1) < used; steps++)
        {
            if (EpochOf(Element(index)) <= epoch)
            {
                link = &Element(index)->Next;
                continue;
            }

            Unlink(StripeOf(at), link, Element(index));
            dropped++;
        }

        return dropped;
    }

    private bool IsKept(ReadOnlySpan<byte> key)
    {
        fixed (byte* bytes = key)
        {
            uint hash = HashOf(bytes);
            return IsBucketReady(BucketOf(hash, _known)) && IsProven(BucketOf(hash));
        }
    }

    /// <summary>Puts an entry of the snapshot where no bucket was kept.</summary>
    private Errno Refill(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            uint hash = HashOf(keyBytes);
            // A bucket with entries had its memory when the snapshot was taken, and the bitmap said so: else this snapshot was not made here.
            if (!IsBucketReady(BucketOf(hash, _known)) || IsProven(BucketOf(hash)) || FindLocked(keyBytes, hash, out uint* link) != null)
                return Errno.None;
            Errno failure = _allocator.Take(entry: true, out uint index);
            if (failure != Errno.None)
                return failure;
            HashElement* element = Fill(index, *link, keyBytes, valueBytes, hash, epoch: 0);
            Volatile.Write(ref *link, index + 1);
            Volatile.Write(ref element->State, HashElement.Linked);
            return Errno.None;
        }
    }
}
