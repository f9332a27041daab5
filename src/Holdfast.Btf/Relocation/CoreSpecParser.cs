using System.Globalization;
using Holdfast.Btf.Extension;

namespace Holdfast.Btf.Relocation;

/// <summary>Gives the access spec of a relocation its meaning in the local graph.</summary>
internal static class CoreSpecParser
{
    /// <summary>Parses a record's spec; returns why it makes no sense, or null.</summary>
    public static string? TryParse(BtfGraph graph, CoreRelocationRecord record, out CoreSpec spec)
    {
        spec = new CoreSpec(graph, record.TypeId);
        string text = graph.GetString(record.AccessOffset);
        if (!TryParseIndexes(text, spec.RawIndexes))
        {
            return $"malformed access spec '{text}'";
        }

        if (record.Kind.IsTypeBased())
        {
            bool plain = text == "0";
            spec.RawIndexes.Clear();
            return plain ? null : $"access spec of a type is '{text}', not '0'";
        }

        uint id = graph.SkipModifiers(record.TypeId);
        uint first = spec.RawIndexes[0];
        if (record.Kind.IsEnumBased())
        {
            if (graph[id] is not BtfEnumeration enumeration || spec.RawIndexes.Count > 1 || first >= enumeration.Values.Length)
            {
                return $"access spec '{text}' names no enumerator";
            }

            spec.Accesses.Add(new(id, first, enumeration.Values[(int)first].Name));
            return null;
        }

        if (!graph.TryGetSize(id, out uint size))
        {
            return "the root type has no size";
        }

        spec.Accesses.Add(new(id, first, null));
        spec.BitOffset = (ulong)first * size * 8;
        for (int i = 1; i < spec.RawIndexes.Count; i++)
        {
            if (!TryStep(spec, spec.RawIndexes[i], ref id))
            {
                return $"access spec '{text}' leads nowhere at step {i}";
            }
        }

        return null;
    }

    private static bool TryStep(CoreSpec spec, uint index, ref uint id)
    {
        id = spec.Graph.SkipModifiers(id);
        switch (spec.Graph[id])
        {
            case BtfComposite composite when index < composite.Members.Length:
                BtfMember member = composite.Members[(int)index];
                spec.BitOffset += member.BitOffset;
                if (member.Name.Length > 0)
                {
                    spec.Accesses.Add(new(id, index, member.Name));
                }

                id = member.TypeId;
                return true;
            case BtfArray array when index < array.ElementCount || spec.IsFlexible(array):
                id = spec.Graph.SkipModifiers(array.ElementTypeId);
                spec.Accesses.Add(new(id, index, null));
                bool sized = spec.Graph.TryGetSize(id, out uint size);
                spec.BitOffset += (ulong)index * size * 8;
                return sized;
            default:
                return false;
        }
    }

    private static bool TryParseIndexes(string text, List<uint> indexes)
    {
        foreach (string part in text.Split(':'))
        {
            if (indexes.Count == CoreSpec.MaxLength
                || !uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out uint index)
                || index > int.MaxValue)
            {
                return false;
            }

            indexes.Add(index);
        }

        return true;
    }
}
