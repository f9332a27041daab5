using System.Collections;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>What a restart of the machine asks for where nothing is known but what the file holds.</content>
public sealed unsafe partial class HashMap
{
    /// <summary>Chains are a few elements long; in a damaged file, comparing all with all would never end.</summary>
    private const int LongestCompared = 1000;

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() =>
        _bucketChunks.RestoreAfterBoot() is var failure && failure != Errno.None ? failure : _elementChunks.RestoreAfterBoot();

    /// <summary>
    /// Keeps of each bucket what can be trusted: elements whose blocks are there, whose hash is their key's and belongs to the
    /// bucket, in order, and which no link led to before. All else is free. The map's own repair does the counting.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        _allocator.Restart();
        ReleaseStripes();
        BitArray reached = new((int)Math.Min(_allocator.Used, int.MaxValue));
        uint count = CountBuckets(), entries = 0;
        for (ulong position = 0; TryFindBucket(ref position, count, out uint bucket); position = Behind(bucket, count))
        {
            KeepTrusted(bucket, count, reached, ref entries);
            if (_isDurable)
                SettleDigest(BucketAt(bucket), DigestOfChain(BucketAt(bucket)));
        }

        SettleAll(reached);
    }

    private void ReleaseStripes()
    {
        for (uint at = 0; at < _layout.Stripes; at++)
        {
            StripeOf(at)->Lock = 0;
            RecoverRedo(StripeOf(at));
        }
    }

    /// <summary>
    /// The reference that an entry of a hash of maps stands for is a name, which may be missing although the entry is there: the map may be gone, and
    /// its id another's.
    /// </summary>
    private protected override void DropUnreferenced()
    {
        if (Attributes.Type != MapType.HashOfMaps || References is null)
            return;
        HashSet<uint> held = [.. References().Where(key => key.Kind == ObjectKind.Map).Select(key => key.Id)];
        List<byte[]> dropped = [];
        _ = ReadEntries((key, value) =>
        {
            if (!held.Contains(BitConverter.ToUInt32(value)))
                dropped.Add(key.ToArray());
            return Errno.None;
        });
        foreach (byte[] key in dropped)
            _ = Delete(key);
    }

    private void KeepTrusted(uint bucket, uint count, BitArray reached, ref uint entries)
    {
        uint* head = &BucketAt(bucket)->Head, link = head;
        for (uint last = 0; *link != 0;)
        {
            uint index = *link - 1;
            if (index >= reached.Length || reached[(int)index] || !IsTrusted(index) || BucketOf(Element(index)->Hash, count) != bucket
                || IsBehind(last, Element(index)->Hash) || HasKeyBefore(head, link, index))
            {
                // What followed it can't be told from chance.
                *link = 0;
                return;
            }

            // Buckets of several moments may be more than the map may have: without a snapshot nothing of them was promised.
            if (entries == Attributes.MaxEntries || (_isDurable && !IsWhole(Element(index))))
            {
                *link = Element(index)->Next;
                continue;
            }

            last = Element(index)->Hash;
            reached[(int)index] = true;
            entries++;
            link = &Element(index)->Next;
        }
    }

    private bool IsTrusted(uint index)
    {
        HashElement* element = Element(index);
        return _elementChunks.IsReady((byte*)element - _elements, _stride)
            && element->Hash == HashOf((byte*)element + _keyOffset)
            && (!_isDurable || (element->Version & 1) == 0);
    }

    private bool HasKeyBefore(uint* head, uint* end, uint index)
    {
        byte* key = (byte*)Element(index) + _keyOffset;
        int steps = 0;
        for (uint* link = head; link != end && steps < LongestCompared; link = &Element(*link - 1)->Next, steps++)
        {
            if (KeyEquals((byte*)Element(*link - 1) + _keyOffset, key))
                return true;
        }

        return false;
    }

    /// <summary>Says of each element whether it is linked, queues the others and counts.</summary>
    private void SettleAll(BitArray reached)
    {
        // Uses of memory after this differ from those that were lost: a bucket that names a lost one finds no element of that version.
        uint gap = _isDurable ? (uint)Random.Shared.Next() << 1 : 0;
        uint epoch = 0, marks = 0;
        for (int index = 0; index < reached.Length; index++)
        {
            HashElement* element = Element((uint)index);
            Settle(element, reached[index], gap);
            if (HasValueLock)
                Volatile.Write(ref *LockOf(element), 0);
            marks |= _isDurable ? element->Mark : 0;
            epoch = _isDurable && reached[index] ? Math.Max(epoch, EpochOf(element)) : epoch;
        }

        _allocator.Rebuild();
        ClearUnused((uint)reached.Length);
        if (!_isDurable)
            return;
        _allocator.StartVersions(gap);
        RestartChanges(areAddressed: (marks & HashElement.Loose) != 0);
        _allocator.RaiseEpoch(epoch);
    }

    private static void Settle(HashElement* element, bool linked, uint gap)
    {
        element->State = linked ? HashElement.Linked : HashElement.Free;
        if (!linked)
            element->Version = (element->Version | 1) + gap;
        else if ((element->Version & 1) != 0)
            element->Version++;
    }
}
