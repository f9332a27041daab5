using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>Finds the special fields of structures, of map values and of the program's own objects alike (<c>btf_parse_fields</c>).</summary>
internal sealed class SpecialFields(BtfGraph? kernel)
{
    private const int MaximumDepth = 8;
    private const int MaximumElements = 64;
    private const string ContainsTag = "contains:";

    private readonly Dictionary<(BtfGraph Types, uint Id), SpecialField[]> _known = [];

    public SpecialField[] Of(BtfGraph types, uint id)
    {
        if (!_known.TryGetValue((types, id), out SpecialField[]? fields))
        {
            List<SpecialField> found = [];
            Collect(types, id, 0, 0, 0, -1, found);
            _known[(types, id)] = fields = [.. found];
        }

        return fields;
    }

    public SpecialField[] Of(in RegisterState value) => value switch
    {
        { Type: RegisterType.MapValue, Map: { Btf: { } types, BtfValueTypeId: > 0 } map } => Of(types, map.BtfValueTypeId),
        { Type: RegisterType.BtfObject, Types: { } own } when (value.Flags & TypeFlags.Allocated) != 0 => Of(own, value.BtfId),
        _ => [],
    };

    public SpecialField? At(in RegisterState value, long offset) => Array.Find(Of(value), field => field.Offset == offset);

    /// <param name="types">The graph.</param>
    /// <param name="typeId">Type of the field.</param>
    /// <param name="offset">Its offset in the outermost structure.</param>
    /// <param name="depth">Structures around it.</param>
    /// <param name="parent">The structure or variable that declares it.</param>
    /// <param name="component">Its index there, as tags count.</param>
    /// <param name="fields">What is found.</param>
    private void Collect(BtfGraph types, uint typeId, int offset, int depth, uint parent, int component, List<SpecialField> fields)
    {
        if (depth > MaximumDepth || !types.TryGetType(typeId, out _))
        {
            return;
        }

        BtfType type = types.Resolve(typeId);
        switch (type)
        {
            case BtfStruct structure when depth > 0 && SpecialTypes.Named(structure.Name) is { } kind:
                fields.Add(kind is MapFieldKind.ListHead or MapFieldKind.TreeRoot
                    ? Root(types, kind, offset, structure.Name, parent, component)
                    : new SpecialField(kind, offset, structure.Name));
                break;
            case BtfStruct structure:
                for (int i = 0; i < structure.Members.Length; i++)
                {
                    if (!structure.Members[i].IsBitfield)
                    {
                        Collect(types, structure.Members[i].TypeId, offset + (int)structure.Members[i].ByteOffset, depth + 1, structure.Id, i, fields);
                    }
                }

                break;
            case BtfArray array when array.ElementCount is > 0 and <= MaximumElements && types.TryGetSize(array.ElementTypeId, out uint size):
                for (int i = 0; i < array.ElementCount; i++)
                {
                    Collect(types, array.ElementTypeId, offset + (i * (int)size), depth + 1, parent, component, fields);
                }

                break;
            case BtfDataSection section:
                foreach (BtfSectionVariable variable in section.Variables)
                {
                    if (types.TryGetType(variable.TypeId, out BtfType? found) && found is BtfVariable declared)
                    {
                        Collect(types, declared.TypeId, (int)variable.Offset, depth + 1, declared.Id, -1, fields);
                    }
                }

                break;
            case BtfPointer pointer when depth > 0 && SpecialTypes.Tagged(types, pointer.TypeId) is { } tag:
                fields.Add(Kptr(types, tag, offset, pointer.TypeId));
                break;
            default:
                break;
        }
    }

    private SpecialField Kptr(BtfGraph types, MapFieldKind kind, int offset, uint targetId)
    {
        uint own = types.SkipModifiers(targetId);
        BtfType target = types[own];
        return kernel?.FindByName(target.Name, BtfKind.Struct) is { } found
            ? new(kind, offset, "kptr", kernel, found.Id)
            : new(kind, offset, "kptr", types, own);
    }

    private static SpecialField Root(BtfGraph types, MapFieldKind kind, int offset, string name, uint parent, int component)
    {
        string nodeType = kind == MapFieldKind.ListHead ? "bpf_list_node" : "bpf_rb_node";
        foreach (BtfType type in types.Types)
        {
            if (type is BtfDeclTag tag && tag.TypeId == parent && tag.ComponentIndex == component
                && tag.Name.StartsWith(ContainsTag, StringComparison.Ordinal)
                && tag.Name[ContainsTag.Length..].Split(':') is [string held, string node]
                && types.FindByName<BtfStruct>(held) is { } structure && structure.TryGetMember(node, out BtfMember member)
                && types.Resolve(member.TypeId).Name == nodeType)
            {
                return new(kind, offset, name, types, structure.Id, (int)member.ByteOffset);
            }
        }

        return new(kind, offset, name);
    }
}
