using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Stacks;

/// <summary>BPF_MAP_TYPE_STACK_TRACE (<c>stack_map_alloc</c>).</summary>
internal sealed class StackKind : MapKind
{
    public static readonly StackKind Instance = new();

    private const MapFlags Flags = MapFlags.NumaNode | MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.StackBuildId;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        uint frame = StackLayout.FrameBytesOf(map.Flags);
        reason = $"a stack_trace map has 4-byte keys, values of {frame} bytes a frame (BPF_F_STACK_BUILD_ID: 32), at least one entry, and none of the other types' flags";
        if ((map.Flags & ~Flags) != 0 || map.MaxEntries == 0 || map.KeySize != 4 || map.ValueSize == 0 || map.ValueSize % frame != 0)
            return Errno.EINVAL;
        reason = $"a stack has at most {StackLayout.MostFrames} frames";
        if (map.ValueSize / frame > StackLayout.MostFrames)
            return Errno.EINVAL;
        reason = "a stack_trace map has at most 2^31 entries";
        if (map.MaxEntries > 1u << 31)
            return Errno.E2BIG;
        reason = "entries times value size is absurd";
        return (ulong)StackLayout.Buckets(map.MaxEntries) * map.ValueSize > 1ul << 45 ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => StackLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => StackLayout.For(map).BucketsOffset;

    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => false;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new StackTraceMap(map, file, descriptor, dataOffset);
}
