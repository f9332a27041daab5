using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Commands;

/// <summary>Whether the types given for a map's keys and values suit its shape (<c>map_check_btf</c>, <c>array_map_check_btf</c>).</summary>
internal static class MapTypeRules
{
    /// <summary>What is wrong, in one line; null if nothing is.</summary>
    public static string? Check(in MapObjectAttributes map, BtfGraph types)
    {
        if (map.BtfKeyTypeId != 0 && !HasSize(types, map.BtfKeyTypeId, map.KeySize))
            return $"the key's BTF type has not the size of a key, {map.KeySize} bytes";
        if (map.BtfKeyTypeId == 0 && map.Type != MapType.Array)
            return $"a {map.Type} map with a value type needs a key type";
        if (!HasSize(types, map.BtfValueTypeId, map.ValueSize))
            return $"the value's BTF type has not the size of a value, {map.ValueSize} bytes";
        return map.Type switch
        {
            MapType.Array => CheckArray(map, types),
            MapType.LpmTrie => types.Resolve(map.BtfKeyTypeId) is BtfStruct ? null : "the key type of an lpm_trie is a struct", // trie_check_btf
            _ => null,
        };
    }

    /// <summary>Global data (.bss, .data, .rodata) has no key type.</summary>
    private static string? CheckArray(in MapObjectAttributes map, BtfGraph types)
    {
        if (map.BtfKeyTypeId != 0)
            return types.Resolve(map.BtfKeyTypeId) is BtfInt { Size: 4, IsRegular: true } ? null : "an array's key type is an int of 4 bytes";
        return map.MaxEntries == 1 && types.Resolve(map.BtfValueTypeId) is BtfDataSection ? null : "only an array of one data section goes without a key type";
    }

    private static bool HasSize(BtfGraph types, uint id, uint size) =>
        types.TryGetType(id, out _) && types.TryGetSize(id, out uint found) && found == size;
}
