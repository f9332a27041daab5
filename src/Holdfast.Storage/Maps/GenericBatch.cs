using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <summary>Batches of maps that have nothing better than one key after another (<c>generic_map_lookup_batch</c>).</summary>
internal static class GenericBatch
{
    /// <summary>Looks up what follows a key; as <see cref="SharedMap.LookupBatch"/>.</summary>
    public static int Lookup(
        SharedMap map, ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count)
    {
        int keySize = (int)map.Attributes.KeySize, valueSize = map.ValueBufferSize, result = 0;
        uint room = count;
        count = 0;
        ReadOnlySpan<byte> previous = inBatch;
        // An element that goes between its key and its value is passed over, for as long as others take its place. Bounded: in a map
        // that changes without end, the caller gets what there is.
        Span<byte> last = new byte[keySize], next = new byte[keySize];
        for (uint passedOver = 0; count < room && passedOver <= room;)
        {
            result = map.NextKey(previous, next);
            if (result != 0)
                break;
            next.CopyTo(last);
            previous = last;
            if (map.Lookup(last, values.Slice((int)count * valueSize, valueSize)) != 0)
            {
                passedOver++;
                continue;
            }

            last.CopyTo(keys.Slice((int)count * keySize, keySize));
            count++;
        }

        if (count > 0)
            previous[..keySize].CopyTo(outBatch);
        return result;
    }
}
