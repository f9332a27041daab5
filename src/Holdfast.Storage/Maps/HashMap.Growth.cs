using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// Growth: an insertion adds the buckets that are wanting. The new one takes the end of the chain of the bucket whose hashes it has but for the highest bit, under their one
/// stripe's lock. Elements stay where they are, and readers, who take no lock, find every one of them in the old chain or in the new.
/// </content>
public sealed unsafe partial class HashMap
{
    /// <summary>Buckets that one insertion adds at most: two are its own, the others are for insertions that found a stripe locked, by one who was not running for thousands of them.</summary>
    private const int MostSplits = 64;

    private void Grow()
    {
        for (int splits = 0; splits < MostSplits; splits++)
        {
            uint count = CountBuckets();
            if (count >= _layout.Buckets || count >= HashLayout.BucketsFor(_allocator.Entries) || !TryAddBucket(count))
                return;
        }
    }

    /// <summary>Adds a bucket. No lock is held or waited for: who has the stripe may be stopped.</summary>
    /// <returns>Whether there is one more. Without it chains are longer: on a full file system too.</returns>
    private bool TryAddBucket(uint count)
    {
        HashStripe* stripe = StripeOf(count);
        if (_bucketChunks.Ensure((long)count << _bucketShift, HashLayout.BucketBytes) != Errno.None || !TryEnterStripe(stripe))
            return false;

        // Who adds the next bucket of this stripe must have its lock, and those between need this one: the count stands still.
        bool isNext = CountBuckets() == count;
        if (isNext)
            Split(stripe, count);
        SharedLock.Leave(LockOf(stripe));
        return isNext;
    }

    private void Split(HashStripe* stripe, uint added)
    {
        uint old = added - (1u << BitOperations.Log2(added));

        // For who takes the lock over. A death after it: the old bucket has nothing that isn't its own.
        Volatile.Write(ref stripe->Bucket, old);
        uint* link = FirstForeign(old, added + 1);

        // A death after it: the new bucket isn't in use, and who adds it next sets it again.
        Volatile.Write(ref BucketAt(added)->Head, *link);

        // From here on its keys are found in the new bucket, by who has seen the count, and in the old one, by who hasn't. A death after it: the same, for readers; the next writer cuts the old chain.
        Volatile.Write(ref *BucketCount, added + 1);
        if (*link != 0)
            Cut(stripe, link);
    }

    /// <summary>Takes what isn't a bucket's out of it: another bucket has it.</summary>
    private void CutForeign(HashStripe* stripe, uint bucket, uint count)
    {
        uint* link = FirstForeign(bucket, count);
        if (*link != 0)
            Cut(stripe, link);
    }

    private static void Cut(HashStripe* stripe, uint* link)
    {
        // In this order, and after the count: a reader that walks the cut chain with the old count, and so finds nothing, sees that it must look again. A death between the two: the chain is cut by the next writer.
        Volatile.Write(ref stripe->Unlinks, stripe->Unlinks + 1);
        Volatile.Write(ref *link, 0);
    }

    /// <summary>The link to the first element of a chain that isn't the bucket's among so many buckets, or the link that ends the chain.</summary>
    private uint* FirstForeign(uint bucket, uint count)
    {
        uint used = _allocator.Used, next;
        uint* link = &BucketAt(bucket)->Head;
        for (uint steps = 0; (next = Volatile.Read(ref *link) - 1) < used && steps <= used && BucketOf(Element(next)->Hash, count) == bucket; steps++)
            link = &Element(next)->Next;
        return link;
    }
}
