using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>The special fields of map values and of the program's own objects, each structure walked once.</summary>
internal sealed class SpecialFields(BtfGraph? kernel)
{
    private readonly Dictionary<MapDescription, SpecialField[]> _ofMaps = [];
    private readonly Dictionary<(BtfGraph Types, uint Id), SpecialField[]> _ofObjects = [];

    /// <summary>The special fields of a map's value.</summary>
    public SpecialField[] Of(MapDescription map)
    {
        if (!_ofMaps.TryGetValue(map, out SpecialField[]? fields))
        {
            fields = map.Btf is { } types && map.BtfValueTypeId != 0 && types.TryGetType(map.BtfValueTypeId, out _)
                ? new SpecialFieldWalk(types, kernel, isObject: false).Find(map.BtfValueTypeId, map.ValueSize)
                : [];
            _ofMaps[map] = fields;
        }

        return fields;
    }

    /// <summary>The special fields of an object of the program's own (<c>btf_find_struct_meta</c>); other structures have none.</summary>
    public SpecialField[] Of(BtfGraph types, uint id)
    {
        if (!_ofObjects.TryGetValue((types, id), out SpecialField[]? fields))
        {
            fields = !ReferenceEquals(types, kernel) && types.TryGetType(id, out BtfType? type) && type is BtfStruct structure
                ? new SpecialFieldWalk(types, kernel, isObject: true).Find(id, structure.Size)
                : [];
            _ofObjects[(types, id)] = fields;
        }

        return fields;
    }

    public SpecialField[] Of(in RegisterState value) => value switch
    {
        { Type: RegisterType.MapValue, Map: { } map } => Of(map),
        { Type: RegisterType.BtfObject, Types: { } own } when (value.Flags & TypeFlags.Allocated) != 0 => Of(own, value.BtfId),
        _ => [],
    };

    public SpecialField? At(in RegisterState value, long offset) => Array.Find(Of(value), field => field.Offset == offset);

    public bool Has(MapDescription map, SpecialFieldKind kind) => Array.Exists(Of(map), field => field.Kind == kind);
}
