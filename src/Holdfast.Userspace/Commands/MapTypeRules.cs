using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Programs;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Commands;

/// <summary>Whether the types given for a map's keys and values suit its shape and kind (<c>map_check_btf</c>), and what they say of its values.</summary>
internal static class MapTypeRules
{
    /// <summary>Checks the types.</summary>
    /// <param name="map">The map to be made; it is told what of its values isn't data.</param>
    /// <param name="types">Types, with those of key and value among them.</param>
    /// <param name="reason">What is wrong, in one line.</param>
    /// <returns>EINVAL, EACCES, EOPNOTSUPP or ENOTSUPP, as the kernel answers.</returns>
    public static Errno Check(ref MapObjectAttributes map, BtfGraph types, out string reason)
    {
        reason = $"the key's BTF type has not the size of a key, {map.KeySize} bytes";
        if (map.BtfKeyTypeId != 0 && !HasSize(types, map.BtfKeyTypeId, map.KeySize))
            return Errno.EINVAL;
        reason = $"a {map.Type} map with a value type needs a key type";
        if (map.BtfKeyTypeId == 0 && !GoesWithoutKeyType(map.Type))
            return Errno.EINVAL;
        reason = $"the value's BTF type has not the size of a value, {map.ValueSize} bytes";
        if (!HasSize(types, map.BtfValueTypeId, map.ValueSize))
            return Errno.EINVAL;
        Errno failure = CheckFields(ref map, types, out reason);
        return failure != Errno.None ? failure : CheckKind(map, types, out reason);
    }

    /// <summary>Kinds that look at the types themselves (<c>map_ops.map_check_btf</c>).</summary>
    private static bool GoesWithoutKeyType(MapType type) => type is MapType.Array or MapType.PerCpuArray or MapType.LpmTrie or MapType.BloomFilter || TakesNoTypes(type);

    /// <summary><c>map_check_no_btf</c></summary>
    private static bool TakesNoTypes(MapType type) => type is MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.PerfEventArray or MapType.StackTrace;

    private static Errno CheckFields(ref MapObjectAttributes map, BtfGraph types, out string reason)
    {
        // Only pointers, which carry a tag, may name a type of the kernel's.
        BtfGraph? kernel = types.Types.Any(static type => type is BtfTypeTag) ? KernelTypes.Running : null;
        MapValueField[] fields = MapValueFields.Find(types, map.BtfValueTypeId, map.ValueSize, kernel);
        reason = "programs must be allowed to read and write a value with locks, timers or kernel pointers: no BPF_F_RDONLY_PROG, no BPF_F_WRONLY_PROG";
        if (fields.Length > 0 && (map.Flags & (MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram)) != 0)
            return Errno.EACCES;
        for (int index = 0; index < fields.Length; index++)
        {
            MapValueField field = fields[index];
            reason = $"values of a {map.Type} map can't hold a {field.Type}";
            if (!Takes(map.Type, field.Type))
                return Errno.EOPNOTSUPP;
            map.ValueFields[index] = (uint)field.Offset | ((ulong)field.Size << 32) | field.Type switch
            {
                "bpf_spin_lock" => MapObjectAttributes.SpinLockField,
                "bpf_refcount" => MapObjectAttributes.ReferenceCountField,
                _ => 0,
            };
        }

        map.ValueFieldCount = (uint)fields.Length;
        return Errno.None;
    }

    private static bool Takes(MapType map, string field) => field switch
    {
        "bpf_spin_lock" or "bpf_res_spin_lock" => map is MapType.Array or MapType.Hash,
        "uptr" => false,
        "kptr" or "percpu_kptr" or "bpf_refcount" =>
            map is MapType.Array or MapType.Hash or MapType.LruHash or MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash,
        _ => map is MapType.Array or MapType.Hash or MapType.LruHash,
    };

    private static Errno CheckKind(in MapObjectAttributes map, BtfGraph types, out string reason)
    {
        reason = $"keys and values of a {map.Type} map have no types";
        if (TakesNoTypes(map.Type))
            return Errno.ENOTSUPP;
        reason = map.Type switch
        {
            MapType.Array or MapType.PerCpuArray => CheckArray(map, types),
            MapType.LpmTrie => types.Resolve(map.BtfKeyTypeId) is BtfStruct ? null : "the key type of an lpm_trie is a struct", // trie_check_btf
            MapType.BloomFilter => map.BtfKeyTypeId == 0 ? null : "a bloom filter has no keys", // bloom_map_check_btf
            _ => null,
        } ?? "";
        return reason.Length == 0 ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Global data (.bss, .data, .rodata) has no key type.</summary>
    private static string? CheckArray(in MapObjectAttributes map, BtfGraph types)
    {
        if (map.BtfKeyTypeId != 0)
            return types.Resolve(map.BtfKeyTypeId) is BtfInt { Size: 4, IsRegular: true } ? null : "an array's key type is an int of 4 bytes";
        return map.Type == MapType.Array && map.MaxEntries == 1 && types.Resolve(map.BtfValueTypeId) is BtfDataSection
            ? null : "only an array of one data section goes without a key type";
    }

    private static bool HasSize(BtfGraph types, uint id, uint size) =>
        types.TryGetType(id, out _) && types.TryGetSize(id, out uint found) && found == size;
}
