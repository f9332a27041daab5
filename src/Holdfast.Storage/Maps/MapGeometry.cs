using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <summary>What shapes of maps there are, and how many bytes each takes (<c>map_alloc_check</c> of the kernel's map types).</summary>
public static class MapGeometry
{
    private const uint LargestValue = 1u << 22; // KMALLOC_MAX_SIZE
    private const uint HashElementHeader = 48; // sizeof(struct htab_elem)
    private const MapFlags AccessFlags = MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;

    private const MapFlags ArrayFlags = AccessFlags | MapFlags.NumaNode | MapFlags.Mmapable | MapFlags.InnerMap;

    private const MapFlags HashFlags = AccessFlags | MapFlags.NumaNode | MapFlags.NoPrealloc | MapFlags.ZeroSeed;

    /// <summary>Checks a shape and computes the length of its data.</summary>
    /// <param name="attributes">The shape.</param>
    /// <param name="dataLength">Bytes of the data region; sparse, so that only what is used costs memory.</param>
    /// <param name="reason">What is wrong, in one line, where it isn't plain.</param>
    /// <returns>EINVAL, E2BIG or ENOMEM, as the kernel answers.</returns>
    public static Errno TryCompute(in MapAttributes attributes, out long dataLength, out string? reason)
    {
        dataLength = 0;
        Errno failure = Check(attributes, out reason);
        if (failure != Errno.None)
            return failure;
        dataLength = attributes.Type == MapType.Hash ? HashLayout.For(attributes).Length : ArrayLayout.For(attributes).Length;
        return Errno.None;
    }

    private static Errno Check(in MapAttributes map, out string? reason)
    {
        switch (map.Type)
        {
            case MapType.Array:
                return CheckArray(map, out reason);
            case MapType.ProgArray:
                reason = "a prog_array has 4-byte keys and values and at least one entry";
                bool sound = map.KeySize == 4 && map.ValueSize == 4 && map.MaxEntries != 0 && (map.Flags & ~(AccessFlags | MapFlags.NumaNode)) == 0
                    && (map.Flags & (MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram)) == 0;
                return sound ? Errno.None : Errno.EINVAL;
            case MapType.Hash:
                return CheckHash(map, out reason);
            default:
                reason = $"the userspace engine does not keep {map.Type} maps; use the kernel engine";
                return Errno.EINVAL;
        }
    }

    private static Errno CheckArray(in MapAttributes map, out string? reason)
    {
        reason = "an array has 4-byte keys, values of at least a byte, at least one entry, and none of the other types' flags";
        if (map.MaxEntries == 0 || map.KeySize != 4 || map.ValueSize == 0 || (map.Flags & ~ArrayFlags) != 0 || HasBothDirections(map.Flags))
            return Errno.EINVAL;
        reason = $"values are limited to {int.MaxValue} bytes";
        if (map.ValueSize > int.MaxValue)
            return Errno.E2BIG;
        reason = "entries times value size is absurd";
        return (ulong)ArrayLayout.StrideOf(map.ValueSize) * map.MaxEntries > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    private static Errno CheckHash(in MapAttributes map, out string? reason)
    {
        reason = "a hash map has keys and values of at least a byte, at least one entry, and none of the other types' flags";
        bool seedNeedsPrivilege = (map.Flags & ~HashFlags) != 0;
        if (map.MaxEntries == 0 || map.KeySize == 0 || map.ValueSize == 0 || seedNeedsPrivilege || HasBothDirections(map.Flags))
            return Errno.EINVAL;
        reason = "key and value together are limited to 4 MiB";
        if ((ulong)map.KeySize + map.ValueSize >= LargestValue - HashElementHeader)
            return Errno.E2BIG;
        reason = "entries times element size is absurd";
        if (map.MaxEntries > 1u << 31)
            return Errno.E2BIG;
        return (ulong)HashLayout.StrideOf(map) * map.MaxEntries > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    private static bool HasBothDirections(MapFlags flags) =>
        (flags & (MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram)) == (MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram);
}
