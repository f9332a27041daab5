using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <summary>What <c>htab_map_alloc_check</c> and <c>htab_map_alloc</c> say of LRU maps besides.</summary>
public static class LruRules
{
    /// <summary>Checks the flags that are about LRU maps.</summary>
    internal static Errno Check(in MapAttributes map, out string? reason)
    {
        reason = "no_common_lru is a flag of LRU maps";
        if ((map.Flags & MapFlags.NoCommonLru) != 0 && !IsLru(map.Type))
            return Errno.EINVAL;
        reason = "LRU maps can't be no_prealloc";
        if (IsLru(map.Type) && (map.Flags & MapFlags.NoPrealloc) != 0)
            return Errno.ENOTSUPP;
        reason = "a map with no_common_lru is on no NUMA node";
        return (map.Flags & MapFlags.NoCommonLru) != 0 && (map.Flags & MapFlags.NumaNode) != 0 ? Errno.EINVAL : Errno.None;
    }

    /// <summary>The capacity that a map gets: with a list for each CPU, a multiple of their number, rounded up if that is a number.</summary>
    /// <param name="type">The map's type.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="entries">The capacity asked for.</param>
    /// <param name="slots">Execution slots, which stand for CPUs.</param>
    public static uint EntriesOf(MapType type, MapFlags flags, uint entries, uint slots)
    {
        if (!IsLru(type) || (flags & MapFlags.NoCommonLru) == 0)
            return entries;
        ulong rounded = ((ulong)entries + slots - 1) / slots * slots;
        return (uint)(rounded > uint.MaxValue ? rounded - slots : rounded);
    }

    private static bool IsLru(MapType type) => type is MapType.LruHash or MapType.LruPerCpuHash;
}
