using System.Numerics;
using System.Runtime.CompilerServices;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// Which bucket is whose. There are as many buckets as entries ask for (linear hashing): a hash's bucket is its low bits, one bit fewer where that bucket isn't there
/// yet. The lock is its stripe's, whatever their number.
/// </content>
public sealed unsafe partial class HashMap
{
    /// <summary>Where the number of buckets in use is, in the control block. It only rises, by one, under the new bucket's stripe's lock.</summary>
    internal const int BucketCountOffset = 120;

    /// <summary>Buckets known to be in use and to have their memory; there may be more by now.</summary>
    private uint _known;

    /// <summary>The number of buckets now.</summary>
    internal uint BucketsInUse => CountBuckets();

    /// <summary>The bucket of a hash among so many: at least 2, and no more than the layout has.</summary>
    internal static uint BucketOf(uint hash, uint count)
    {
        // Without a branch: which of the two it is can't be predicted.
        uint mask = uint.MaxValue >> BitOperations.LeadingZeroCount(count - 1);
        ulong left = (ulong)count - 1 - (hash & mask);
        return hash & (mask >> (int)(left >> 63));
    }

    /// <summary>How many low bits of their hashes a bucket's elements have in common.</summary>
    internal static int LevelOf(uint bucket, uint count)
    {
        int bits = 32 - BitOperations.LeadingZeroCount(count - 1);
        uint half = 1u << (bits - 1);
        return bucket >= half || bucket + half < count ? bits : bits - 1;
    }

    /// <summary>Whether a hash comes behind another in a chain.</summary>
    internal static bool IsBehind(uint hash, uint other)
    {
        uint differ = hash ^ other;
        return (hash & differ & (0 - differ)) != 0;
    }

    /// <summary>The number of buckets now. What shared memory says is bounded by the layout and by the memory that is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint CountBuckets()
    {
        uint known = _known;
        return _isSparse || Volatile.Read(ref *BucketCount) == known ? known : LookAtCount();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint LookAtCount()
    {
        uint count = Math.Clamp(Volatile.Read(ref *BucketCount), _layout.FirstBuckets, _layout.Buckets), known = _known;
        if (count > known)
            count = Math.Max((uint)(_bucketChunks.ReadyUpTo((long)known << _bucketShift, (long)count << _bucketShift) >> _bucketShift), known);
        _known = count;
        return count;
    }

    /// <summary>Whether a bucket's memory is there: in a durable map, whose buckets are used at random, it comes with the first entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsBucketReady(uint bucket) => !_isSparse || _bucketChunks.IsReady((long)bucket << _bucketShift, HashLayout.BucketBytes);

    /// <summary>Takes the lock of a key's stripe, and completes what a dead owner was at.</summary>
    private HashStripe* EnterStripe(uint hash)
    {
        HashStripe* stripe = StripeOf(hash);
        if (SharedLock.Enter(LockOf(stripe), Leases) == SharedLock.Entry.TakenOver)
            TakeOver(stripe);
        return stripe;
    }

    /// <summary>As above, unless somebody living has the lock: who evicts or splits waits for nobody.</summary>
    private bool TryEnterStripe(HashStripe* stripe)
    {
        if (!SharedLock.TryEnter(LockOf(stripe), Leases, out SharedLock.Entry entry))
            return false;
        if (entry == SharedLock.Entry.TakenOver)
            TakeOver(stripe);
        return true;
    }

    /// <summary>
    /// A chain is whole after each store of a writer, dead or not. What may be left to do: the digest of a durable map's bucket is one of the two that it names, and is made sure;
    /// a bucket that was split still leads to what is the new one's; an update in place is completed.
    /// </summary>
    private void TakeOver(HashStripe* stripe)
    {
        uint bucket = stripe->Bucket, count = CountBuckets();
        if (bucket < count && StripeOf(bucket) == stripe && IsBucketReady(bucket))
        {
            if (_isDurable)
                SettleDigest(BucketAt(bucket), DigestOfChain(BucketAt(bucket)));
            else
                CutForeign(stripe, bucket, count);
        }

        CompleteRedo(stripe);
    }

    // Safe: the control block is mapped, and was reserved at creation.
    private uint* BucketCount => (uint*)(Data + BucketCountOffset);

    // Safe: the mask is below the number of stripes that the mapping was made for, and never read from shared memory.
    private HashStripe* StripeOf(uint hash) => _stripes + (hash & _stripeMask);

    /// <summary>
    /// The stripe's first word. By a cast: the address of a field makes the runtime look for null by a load, for which another processor's line comes twice, to be read and to be written.
    /// </summary>
    private static uint* LockOf(HashStripe* stripe) => (uint*)stripe;

    // Safe: BucketOf stays below the count, which is bounded by the layout that the mapping was made for.
    private HashBucket* BucketOf(uint hash) => BucketAt(BucketOf(hash, CountBuckets()));

    // Safe: callers bound the number by the layout's buckets.
    private HashBucket* BucketAt(uint bucket) => (HashBucket*)(_buckets + ((long)bucket << _bucketShift));
}
