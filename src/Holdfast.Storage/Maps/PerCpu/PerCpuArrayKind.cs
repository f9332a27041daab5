using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.PerCpu;

/// <summary>BPF_MAP_TYPE_PERCPU_ARRAY (<c>array_map_alloc_check</c>).</summary>
internal sealed class PerCpuArrayKind : MapKind
{
    public static readonly PerCpuArrayKind Instance = new();

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = "a percpu_array has 4-byte keys, values of at least a byte, at least one entry, and none of the other types' flags";
        if (map.MaxEntries == 0 || map.KeySize != 4 || map.ValueSize == 0 || (map.Flags & ~AccessFlags) != 0 || HasBothDirections(map.Flags))
            return Errno.EINVAL;
        Errno failure = PerCpuShape.Check(map, out reason);
        if (failure != Errno.None)
            return failure;
        reason = "entries times value size is absurd";
        return PerCpuShape.Rows(map) > uint.MaxValue ? Errno.ENOMEM : ArrayKind.Instance.Check(PerCpuShape.AsArray(map), out reason);
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => ArrayKind.Instance.LengthOf(PerCpuShape.AsArray(map));

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => ArrayKind.Instance.ControlLengthOf(PerCpuShape.AsArray(map));

    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => ArrayKind.Instance.NeedsSnapshot(PerCpuShape.AsArray(map));

    /// <inheritdoc/>
    public override uint EntryValueSizeOf(in MapAttributes map) => PerCpuShape.StrideOf(map) * map.ExecutionSlots;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new PerCpuArray(map, file, descriptor, dataOffset);
}
