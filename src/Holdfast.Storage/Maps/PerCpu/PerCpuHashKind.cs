using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.PerCpu;

/// <summary>BPF_MAP_TYPE_PERCPU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH (<c>htab_map_alloc_check</c>).</summary>
internal sealed class PerCpuHashKind : MapKind
{
    public static readonly PerCpuHashKind Instance = new();

    private const MapFlags Flags = AccessFlags | MapFlags.NoPrealloc | MapFlags.ZeroSeed | MapFlags.NoCommonLru;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        bool knownFlags = (map.Flags & ~Flags) == 0 && !HasBothDirections(map.Flags);
        // Of the flags, a NUMA node is looked at last.
        bool goesOn = knownFlags || (!HasBothDirections(map.Flags) && (map.Flags & ~(Flags | MapFlags.NumaNode)) == 0);
        if (goesOn && LruRules.Check(map, out reason) is var refused && refused != Errno.None)
            return refused;
        reason = "a percpu_hash has keys and values of at least a byte, at least one entry, and none of the other types' flags";
        if (!knownFlags || map.MaxEntries == 0 || map.KeySize == 0 || map.ValueSize == 0)
            return Errno.EINVAL;
        reason = "keys are limited to 4 MiB";
        if (map.KeySize >= LargestValue - PerCpuShape.StrideOf(map))
            return Errno.E2BIG;
        Errno failure = PerCpuShape.Check(map, out reason);
        if (failure != Errno.None)
            return failure;
        reason = "entries times element size is absurd";
        if (map.MaxEntries > 1u << 31)
            return Errno.E2BIG;
        return (ulong)HashLayout.StrideOf(PerCpuShape.AsHash(map)) * map.MaxEntries > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => HashKind.Instance.LengthOf(PerCpuShape.AsHash(map));

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => HashKind.Instance.ControlLengthOf(PerCpuShape.AsHash(map));

    /// <inheritdoc/>
    public override Errno Fill(int descriptor, in MapAttributes map, long dataOffset) => HashKind.Instance.Fill(descriptor, PerCpuShape.AsHash(map), dataOffset);

    /// <inheritdoc/>
    public override uint EntryValueSizeOf(in MapAttributes map) => PerCpuShape.StrideOf(map) * map.ExecutionSlots;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new PerCpuHash(map, file, descriptor, dataOffset);
}
