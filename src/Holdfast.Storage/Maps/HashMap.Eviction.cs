using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// LRU maps: a clock. An element has a mark, set by what uses it, and a hand that all writers share passes over the elements: it clears the
/// marks, and evicts what has none. An eviction is a deletion, with the same stores in the same order: whoever dies in one leaves what a
/// deletion leaves.
/// </content>
public sealed unsafe partial class HashMap
{
    /// <summary>Most elements that are evicted at once: a failed attempt to insert costs as much as an eviction.</summary>
    private const uint MostEvictions = 16;

    /// <summary>Maps of fewer entries than this lose one at a time.</summary>
    private const uint EntriesPerEviction = 128;

    private const int EvictingAttempts = 100;

    /// <summary>Elements that so many writers may have in their hands at once that there is nothing to evict.</summary>
    private const uint FewElements = 4 * HashLayout.Spares;

    /// <summary>Evicts until the update finds room: others may take what was freed here.</summary>
    /// <returns>E2BIG: nothing can be evicted.</returns>
    private Errno UpdateEvicting(byte* key, byte* value, uint hash, UpdateFlags flags)
    {
        Errno failure = Errno.E2BIG;

        // No bucket is locked here: who evicts never waits for a lock while holding another one.
        SpinWait wait = default;

        // Chains are a few elements long; in a damaged file each may be as long as the map.
        long steps = 4096 + (64L * _allocator.Used);
        for (int attempt = 0; attempt < EvictingAttempts && failure == Errno.E2BIG && steps > 0; attempt++)
        {
            if (Evict(ref steps))
                failure = TryUpdate(key, value, hash, flags);
            else if (_allocator.Used > FewElements)
                break;
            else
                wait.SpinOnce();
        }

        return failure;
    }

    /// <summary>Evicts a few elements, or one; or makes room by a repair. Two rounds of the hand at most: after the first no mark is left but those set meanwhile.</summary>
    private bool Evict(ref long steps)
    {
        uint used = _allocator.Used;
        int wanted = (int)Math.Clamp(Attributes.MaxEntries / EntriesPerEviction, 1, MostEvictions);
        Span<uint> chosen = stackalloc uint[(int)MostEvictions];
        long visits = 2L * used;
        int evicted = 0;
        while (visits > 0 && evicted < wanted && steps > 0)
        {
            int count = Choose(chosen[..(wanted - evicted)], used, ref visits, out bool repaired);
            if (repaired)
                return true;
            evicted += EvictAll(chosen[..count], ref steps);
        }

        return evicted > 0;
    }

    /// <summary>Moves the hand over elements until so many without a mark are found, and asks for their buckets' lines.</summary>
    private int Choose(Span<uint> chosen, uint used, ref long visits, out bool repaired)
    {
        uint run = Math.Min((uint)chosen.Length, used), buckets = CountBuckets();
        int count = 0;
        repaired = false;
        while (visits > 0 && count < chosen.Length)
        {
            // What is left of a run is passed over once.
            uint at = _allocator.AdvanceHand(used, run);
            for (uint end = Math.Min(at + run, used); at < end && count < chosen.Length; at++, visits--)
            {
                HashElement* element = Element(at);
                uint state = Volatile.Read(ref element->State);
                if (state != HashElement.Linked)
                {
                    // What dead writers left counts as entries, so that the map would hold less and less.
                    if (state != HashElement.Free && Leases.IsDead(state & ~HashElement.CountsAsEntry) && RepairIfDue())
                    {
                        repaired = true;
                        return count;
                    }

                    continue;
                }

                ref byte mark = ref ReferenceOf(element);
                if (Volatile.Read(ref mark) != 0)
                {
                    Volatile.Write(ref mark, 0);
                    continue;
                }

                Prefetch.Line(BucketAt(BucketOf(element->Hash, buckets)));
                chosen[count++] = at;
            }
        }

        return count;
    }

    /// <summary>Evicts the chosen, whose memory is given back together. A death before that: their states name this lease, and no bucket reaches them.</summary>
    private int EvictAll(Span<uint> chosen, ref long steps)
    {
        uint buckets = CountBuckets();
        foreach (uint index in chosen)
        {
            uint bucket = BucketOf(Volatile.Read(ref Element(index)->Hash), buckets);
            if (IsBucketReady(bucket))
                Prefetch.Line(Element(BucketAt(bucket)->Head - 1));
        }

        int evicted = 0;
        foreach (uint index in chosen)
        {
            // What was evicted takes the places of those looked at.
            if (TryEvict(index, ref steps))
                chosen[evicted++] = index;
        }

        if (evicted > 0)
            _allocator.GiveEvicted(chosen[..evicted]);
        return evicted;
    }

    /// <summary>Evicts an element if it still is one of its bucket's, and the bucket isn't locked: who has it may be stopped.</summary>
    private bool TryEvict(uint index, ref long steps)
    {
        // A guess, since the element may be another key's by now: it is looked for in this bucket under its lock.
        uint hash = Volatile.Read(ref Element(index)->Hash);
        if (!IsBucketReady(BucketOf(hash, CountBuckets())))
            return false;
        HashStripe* stripe = StripeOf(hash);
        if (!TryEnterStripe(stripe))
            return false;
        uint* link = LinkTo(hash, index, ref steps);
        // Every element that a bucket of a locked stripe reaches is linked, unless a dead writer was at it: that one is left to Repair.
        bool evicts = link != null && Volatile.Read(ref Element(index)->State) == HashElement.Linked;
        if (evicts)
            TakeOut(stripe, link, Element(index));
        SharedLock.Leave(LockOf(stripe));
        return evicts;
    }

    /// <summary>Sets an element's mark. Only if it isn't set: what everybody looks up stays in every processor's cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkReferenced(HashElement* element)
    {
        ref byte mark = ref ReferenceOf(element);
        if (Volatile.Read(ref mark) == 0 && IsWritable)
            Volatile.Write(ref mark, 1);
    }

    // Safe: an LRU map's elements have the mark's bytes between header and key, inside of their stride.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte ReferenceOf(HashElement* element) => ref *((byte*)element + _keyOffset - HashLayout.ReferenceBytes);
}
