using System.Diagnostics.CodeAnalysis;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast.Objects;

/// <summary>Reads the struct that describes a map: sizes are lengths of arrays behind pointers, types are pointees (<c>parse_btf_map_def</c>).</summary>
internal sealed class MapDefinitionReader(BtfGraph btf, bool isInner = false)
{
    private string _wrong = "";

    /// <summary>Offset of the member <c>values</c>, if there is one.</summary>
    public uint? ValuesOffset { get; private set; }

    public bool TryRead(string name, uint typeId, [NotNullWhen(true)] out MapSpec? map, out string wrong)
    {
        map = null;
        _wrong = "";
        if (btf.Resolve(typeId) is not BtfStruct definition)
        {
            wrong = "its definition is no struct";
            return false;
        }

        MapSpec spec = new() { Name = name, KernelName = MapReader.Shorten(name) };
        foreach (BtfMember member in definition.Members)
        {
            spec = Apply(spec, member);
            if (_wrong.Length > 0)
            {
                wrong = member.Name.Length > 0 ? $"{member.Name}: {_wrong}" : _wrong;
                return false;
            }
        }

        wrong = spec.Type == MapType.Unspec ? "it states no type" : "";
        map = wrong.Length == 0 ? spec : null;
        return map is not null;
    }

    private MapSpec Apply(MapSpec map, BtfMember member) => member.Name switch
    {
        "type" => map with { Type = (MapType)Number(member) },
        "max_entries" => map with { MaxEntries = Number(member) },
        "map_flags" => map with { Flags = map.Flags | (MapFlags)Number(member) },
        "map_extra" => map with { Extra = WideNumber(member) },
        "numa_node" => map with { NumaNode = Number(member) },
        "key_size" => map with { KeySize = Agree(map.KeySize, Number(member)) },
        "value_size" => map with { ValueSize = Agree(map.ValueSize, Number(member)) },
        "key" => TryPointee(member, out uint key, out uint size) ? map with { KeyTypeId = key, KeySize = Agree(map.KeySize, size) } : map,
        "value" => TryPointee(member, out uint value, out uint size) ? map with { ValueTypeId = value, ValueSize = Agree(map.ValueSize, size) } : map,
        "pinning" => map with { Pinning = Pinning(member) },
        "values" => Values(map, member),
        "" => map,
        _ => Fail(map, "this member has no meaning in a map's definition"),
    };

    private MapPinning Pinning(BtfMember member)
    {
        uint value = Number(member);
        if (isInner)
        {
            _wrong = "an inner map can't be pinned";
        }
        else if (value > (uint)MapPinning.ByName)
        {
            _wrong = $"{value} is no way of pinning";
        }

        return (MapPinning)value;
    }

    private MapSpec Values(MapSpec map, BtfMember member)
    {
        ValuesOffset = member.ByteOffset;
        bool isOfMaps = map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps;
        if (isInner)
        {
            return Fail(map, "maps of maps of maps are not supported");
        }

        if (!isOfMaps && map.Type != MapType.ProgArray)
        {
            return Fail(map, "only prog arrays and maps of maps have values");
        }

        if (btf.Resolve(member.TypeId) is not BtfArray { ElementCount: 0 } array || btf.Resolve(array.ElementTypeId) is not BtfPointer pointer)
        {
            return Fail(map, "is not an array of pointers of no stated length");
        }

        map = map with { ValueSize = Agree(map.ValueSize, sizeof(uint)) };
        if (!isOfMaps)
        {
            return btf.Resolve(pointer.TypeId) is BtfFunctionPrototype ? map : Fail(map, "members of a prog array are functions");
        }

        var reader = new MapDefinitionReader(btf, isInner: true);
        return reader.TryRead(map.Name + ".inner", pointer.TypeId, out MapSpec? inner, out string wrong)
            ? map with { InnerMap = inner }
            : Fail(map, $"inner map: {wrong}");
    }

    private bool TryPointee(BtfMember member, out uint id, out uint size)
    {
        id = 0;
        size = 0;
        if (btf[btf.SkipModifiers(member.TypeId)] is not BtfPointer pointer)
        {
            _wrong = "is no pointer to a type";
            return false;
        }

        id = pointer.TypeId;
        if (btf.TryGetSize(id, out size))
        {
            return true;
        }

        _wrong = "the type has no size";
        return false;
    }

    private uint Number(BtfMember member)
    {
        if (btf.Resolve(member.TypeId) is BtfPointer pointer && btf.Resolve(pointer.TypeId) is BtfArray array)
        {
            return array.ElementCount;
        }

        _wrong = "is no number (__uint)";
        return 0;
    }

    /// <summary>A number of 64 bits is the value of an enumeration's only member (<c>__ulong</c>).</summary>
    private ulong WideNumber(BtfMember member) =>
        btf.Resolve(member.TypeId) is BtfPointer pointer && btf.Resolve(pointer.TypeId) is BtfEnumeration { Values: [var only, ..] }
            ? (ulong)only.Value
            : Number(member);

    private uint Agree(uint earlier, uint later)
    {
        if (earlier != 0 && earlier != later && _wrong.Length == 0)
        {
            _wrong = $"the size is {later} here and {earlier} before";
        }

        return later;
    }

    private MapSpec Fail(MapSpec map, string wrong)
    {
        _wrong = wrong;
        return map;
    }
}
