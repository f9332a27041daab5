using System.Runtime.CompilerServices;
using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>Finds the special fields of a map's value by its BTF (<c>btf_parse_fields</c>).</summary>
internal static class MapFields
{
    private const int MaximumDepth = 8;
    private const int MaximumElements = 64;

    private static readonly ConditionalWeakTable<MapDescription, MapField[]> Known = [];

    public static MapField[] Of(MapDescription map) => Known.GetValue(map, Find);

    private static MapField[] Find(MapDescription map)
    {
        if (map.Btf is not { } types || map.BtfValueTypeId == 0 || !types.TryGetType(map.BtfValueTypeId, out _))
        {
            return [];
        }

        List<MapField> fields = [];
        Collect(types, map.BtfValueTypeId, 0, 0, fields);
        return [.. fields];
    }

    private static void Collect(BtfGraph types, uint typeId, int offset, int depth, List<MapField> fields)
    {
        if (depth > MaximumDepth || !types.TryGetType(typeId, out _))
        {
            return;
        }

        BtfType type = types.Resolve(typeId);
        switch (type)
        {
            case BtfStruct structure when depth > 0 && SpecialTypes.Named(structure.Name) is { } kind:
                fields.Add(new(kind, offset, (int)structure.Size, structure.Name));
                break;
            case BtfStruct structure:
                foreach (BtfMember member in structure.Members)
                {
                    if (!member.IsBitfield)
                    {
                        Collect(types, member.TypeId, offset + (int)member.ByteOffset, depth + 1, fields);
                    }
                }

                break;
            case BtfArray array when array.ElementCount is > 0 and <= MaximumElements && types.TryGetSize(array.ElementTypeId, out uint size):
                for (int i = 0; i < array.ElementCount; i++)
                {
                    int before = fields.Count;
                    Collect(types, array.ElementTypeId, offset + (i * (int)size), depth + 1, fields);
                    if (fields.Count == before)
                    {
                        break;
                    }
                }

                break;
            case BtfDataSection section:
                foreach (BtfSectionVariable variable in section.Variables)
                {
                    if (types.TryGetType(variable.TypeId, out BtfType? found) && found is BtfVariable declared)
                    {
                        Collect(types, declared.TypeId, (int)variable.Offset, depth + 1, fields);
                    }
                }

                break;
            case BtfPointer pointer when depth > 0 && SpecialTypes.Tagged(types, pointer.TypeId) is { } tag:
                fields.Add(new(tag, offset, sizeof(long), "kptr"));
                break;
            default:
                break;
        }
    }
}
