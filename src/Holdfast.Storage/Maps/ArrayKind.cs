using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>BPF_MAP_TYPE_ARRAY (<c>array_map_alloc_check</c>).</summary>
internal sealed class ArrayKind : MapKind
{
    public static readonly ArrayKind Instance = new();

    private const MapFlags Flags = AccessFlags | MapFlags.NumaNode | MapFlags.Mmapable | MapFlags.InnerMap;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = "an array has 4-byte keys, values of at least a byte, at least one entry, and none of the other types' flags";
        if (map.MaxEntries == 0 || map.KeySize != 4 || map.ValueSize == 0 || (map.Flags & ~Flags) != 0 || HasBothDirections(map.Flags))
            return Errno.EINVAL;
        reason = $"values are limited to {int.MaxValue} bytes";
        if (map.ValueSize > int.MaxValue)
            return Errno.E2BIG;
        reason = "entries times value size is absurd";
        return (ulong)ArrayLayout.StrideOf(map.ValueSize) * map.MaxEntries > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => ArrayLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => ArrayLayout.For(map).ElementsOffset;

    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => ArrayLayout.For(map).ValueOffset != 0;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new ArrayMap(map, file, descriptor, dataOffset);
}
