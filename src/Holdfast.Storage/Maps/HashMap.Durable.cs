using System.Numerics;
using System.Runtime.CompilerServices;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>What a durable map writes besides, so that a later boot can tell which of its pages belong together.</content>
public sealed unsafe partial class HashMap
{
    /// <summary>
    /// Before the store that changes a chain: the digest that it is going to have. From here to <see cref="EndChange"/> the chain has one
    /// of the two, so a death at any point, of process or machine, leaves a bucket that can be told.
    /// </summary>
    private void BeginChange(HashStripe* stripe, uint hash, HashElement* added, HashElement* removed)
    {
        if (!_isDurable)
            return;
        uint at = BucketOf(hash, _known);
        HashBucket* bucket = BucketAt(at);
        ulong digest = bucket->Digest + (added == null ? 0 : PartOf(added)) - (removed == null ? 0 : PartOf(removed));
        // For who takes the lock over. A death after it: the bucket has the digest that it names twice.
        Volatile.Write(ref stripe->Bucket, at);
        Volatile.Write(ref bucket->NextDigest, digest);
    }

    /// <summary>After the store that changed the chain, and before the element that left it may be used again.</summary>
    private void EndChange(uint hash)
    {
        if (!_isDurable)
            return;
        HashBucket* bucket = BucketAt(BucketOf(hash, _known));
        NoteDifference(bucket->NextDigest - bucket->Digest);
        Volatile.Write(ref bucket->Digest, bucket->NextDigest);
    }

    /// <summary>Sets a bucket's digest. The next one first: it is what a death in between leaves to be found.</summary>
    private static void SettleDigest(HashBucket* bucket, ulong digest)
    {
        Volatile.Write(ref bucket->NextDigest, digest);
        Volatile.Write(ref bucket->Digest, digest);
    }

    /// <summary>What an element adds to its bucket's digest: which memory it is, whose, and which use of it (SplitMix64's finaliser over both).</summary>
    private ulong PartOf(HashElement* element)
    {
        ulong index = (ulong)((byte*)element - _elements); // its place will do as well as its number
        ulong mixed = (index << 32) ^ (index >> 32) ^ element->Hash ^ ((ulong)element->Version * 0x9E3779B97F4A7C15);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    private ulong DigestOfChain(HashBucket* bucket)
    {
        uint used = _allocator.Used;
        ulong digest = 0;
        uint next = bucket->Head;
        for (uint steps = 0; next - 1 < used && steps <= used; steps++)
        {
            HashElement* element = Element(next - 1);
            digest += PartOf(element);
            next = element->Next;
        }

        return digest;
    }

    /// <summary>The check of a value: CRC-32C over the element's use and the value.</summary>
    private uint CheckOf(HashElement* element, uint version)
    {
        uint sum = BitOperations.Crc32C(~0u, ((ulong)version << 32) | element->Hash);
        byte* value = (byte*)element + _valueOffset;
        return ~(_fields == null ? ValueCheck.Of(sum, value, _valueSize) : _fields.Check(sum, value));
    }

    /// <summary>
    /// Whether the value is all of one use of the memory: its check says so or, if a program may have stored into it, it lies on one page. On
    /// several it isn't known whose the bytes are, since element memory is used again.
    /// </summary>
    private bool IsWhole(HashElement* element) =>
        (element->Mark & HashElement.Loose) != 0 ? _placement.IsOnePage : element->Check == CheckOf(element, element->Version);

    /// <summary>
    /// A program is given the value's address: from now on the check says nothing about it. The mark comes before the address, so it is
    /// on every page on which a store of the program's is. It stays when one-page memory is used again, since the program may still store then.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkLoose(HashElement* element)
    {
        if ((Volatile.Read(ref element->Mark) & HashElement.Loose) == 0)
            MarkFirst(element);
    }

    /// <summary>Says in which epoch the entry was inserted.</summary>
    private void SetEpoch(HashElement* element, uint epoch)
    {
        uint seen = Volatile.Read(ref element->Mark);
        while (true)
        {
            uint wanted = epoch | (_placement.IsOnePage ? seen & HashElement.Loose : 0);
            if (seen == wanted)
                return;
            uint before = Interlocked.CompareExchange(ref element->Mark, wanted, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    private static uint EpochOf(HashElement* element) => Volatile.Read(ref element->Mark) & ~HashElement.Loose;
}
