using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Inner;

/// <summary>Which maps a map of maps takes.</summary>
internal static class InnerMapRules
{
    // Of the descriptor that creation gave, not of the map.
    private const MapFlags OfDescriptors = MapFlags.ReadOnly | MapFlags.WriteOnly;

    /// <summary>Why a map can't be the template of inner maps (<c>bpf_map_meta_alloc</c>).</summary>
    public static Errno CheckTemplate(MapDescription map, out string reason)
    {
        reason = "maps of maps hold no maps of maps";
        if (map.Type is MapType.ArrayOfMaps or MapType.HashOfMaps)
            return Errno.EINVAL;
        reason = $"maps of maps hold no {map.Type} maps";
        return map.Type == MapType.ProgArray ? Errno.ENOTSUPP : Errno.None;
    }

    /// <summary>
    /// Whether a program that was verified with the template may use a map (<c>bpf_map_meta_equal</c>, <c>array_map_meta_equal</c>). An array's
    /// size counts, since lookups of constant indexes are known to succeed, unless BPF_F_INNER_MAP says that it does not.
    /// </summary>
    public static bool Fits(MapDescription template, MapDescription map, BtfGraph? kernel) =>
        template.Type == map.Type && template.KeySize == map.KeySize && template.ValueSize == map.ValueSize
        && (template.Flags & ~OfDescriptors) == (map.Flags & ~OfDescriptors)
        && (template.MaxEntries == map.MaxEntries || map.Type is not (MapType.Array or MapType.PerCpuArray) || (template.Flags & MapFlags.InnerMap) != 0)
        && MapValueFields.AreSame(template, map, kernel);

    /// <summary>The template that a map of maps was created with; null for other maps.</summary>
    public static MapDescription? TemplateOf(in MapObjectAttributes outer, BtfGraph? types) => outer.Type is not (MapType.ArrayOfMaps or MapType.HashOfMaps) ? null : new()
    {
        Type = outer.InnerType,
        KeySize = outer.InnerKeySize,
        ValueSize = outer.InnerValueSize,
        MaxEntries = outer.InnerMaxEntries,
        Flags = outer.InnerFlags,
        Btf = types,
        BtfKeyTypeId = outer.InnerBtfKeyTypeId,
        BtfValueTypeId = outer.InnerBtfValueTypeId,
    };
}
