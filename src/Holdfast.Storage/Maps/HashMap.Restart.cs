using System.Collections;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>What a restart of the machine asks for.</content>
public sealed unsafe partial class HashMap
{
    /// <summary>Chains are a few elements long; in a damaged file, comparing all with all would never end.</summary>
    private const int LongestCompared = 1000;

    /// <summary>
    /// Keeps of each bucket what can be trusted: elements whose blocks are there, whose hash is their key's and belongs to the
    /// bucket, and which no link led to before. All else is free. The map's own repair does the counting.
    /// </summary>
    private protected override void RepairAfterBoot()
    {
        _allocator.Restart();
        BitArray reached = new((int)Math.Min(_allocator.Used, int.MaxValue));
        for (ulong at = NextBucket(0); at < _layout.Buckets; at = NextBucket(at + 1))
        {
            HashBucket* bucket = BucketOf((uint)at);
            bucket->Lock = 0;
            KeepTrusted(bucket, (uint)at, reached);
        }

        for (int index = 0; index < reached.Length; index++)
            Settle(Element((uint)index), reached[index]);
        _allocator.Rebuild();
    }

    private void KeepTrusted(HashBucket* bucket, uint at, BitArray reached)
    {
        uint* link = &bucket->Head;
        while (*link != 0)
        {
            uint index = *link - 1;
            if (index >= reached.Length || reached[(int)index] || !IsTrusted(index, at) || HasKeyBefore(bucket, link, index))
            {
                // What followed it can't be told from chance.
                *link = 0;
                return;
            }

            reached[(int)index] = true;
            link = &Element(index)->Next;
        }
    }

    private bool IsTrusted(uint index, uint bucket)
    {
        HashElement* element = Element(index);
        return _chunks.IsReady((byte*)element - _buckets, _layout.Stride)
            && (element->Hash & _mask) == bucket
            && element->Hash == HashOf((byte*)element + HashLayout.HeaderBytes);
    }

    private bool HasKeyBefore(HashBucket* bucket, uint* end, uint index)
    {
        byte* key = (byte*)Element(index) + HashLayout.HeaderBytes;
        int steps = 0;
        for (uint* link = &bucket->Head; link != end && steps < LongestCompared; link = &Element(*link - 1)->Next, steps++)
        {
            if (KeyEquals((byte*)Element(*link - 1) + HashLayout.HeaderBytes, key))
                return true;
        }

        return false;
    }

    private static void Settle(HashElement* element, bool linked)
    {
        element->State = linked ? HashElement.Linked : HashElement.Free;
        if ((element->Version & 1) == (linked ? 1u : 0u))
            element->Version++;
    }
}
