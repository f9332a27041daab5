using System.Collections.Immutable;
using Holdfast.Btf.Extension;

namespace Holdfast.Objects;

/// <summary>Records of <c>.BTF.ext</c> of one kind, found by section and range of slots.</summary>
internal sealed class CodeRecords<T>
{
    private const int SlotSize = 8;

    private readonly Dictionary<string, (uint[] Slots, T[] Records)> _sections = [];

    public CodeRecords(IEnumerable<BtfExtensionSection<T>> sections, Func<T, uint> offset)
    {
        foreach (IGrouping<string, BtfExtensionSection<T>> group in sections.GroupBy(section => section.SectionName))
        {
            T[] records = [.. group.SelectMany(section => section.Records).OrderBy(offset)];
            _sections.Add(group.Key, ([.. records.Select(record => offset(record) / SlotSize)], records));
        }
    }

    public ReadOnlySpan<T> Find(string section, int firstSlot, int count)
    {
        if (!_sections.TryGetValue(section, out (uint[] Slots, T[] Records) all))
        {
            return [];
        }

        int start = LowerBound(all.Slots, (uint)firstSlot);
        int end = LowerBound(all.Slots, (uint)firstSlot + (uint)count);
        return all.Records.AsSpan(start, end - start);
    }

    private static int LowerBound(uint[] slots, uint slot)
    {
        int low = 0;
        int high = slots.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (slots[middle] < slot)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
