using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Queues;

/// <summary>BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK (<c>queue_stack_map_alloc_check</c>).</summary>
internal sealed class QueueKind : MapKind
{
    public static readonly QueueKind Instance = new();

    private const MapFlags Flags = AccessFlags | MapFlags.NumaNode;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = "a queue or stack has no keys, values of at least a byte, at least one entry, and none of the other types' flags";
        if (map.MaxEntries == 0 || map.KeySize != 0 || map.ValueSize == 0 || (map.Flags & ~Flags) != 0 || HasBothDirections(map.Flags))
            return Errno.EINVAL;
        reason = "values are limited to 4 MiB";
        if (map.ValueSize > LargestValue)
            return Errno.E2BIG;
        reason = "entries times value size is absurd";
        return map.MaxEntries == uint.MaxValue || (ulong)QueueLayout.StrideOf(map) * (map.MaxEntries + 1ul) > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => QueueLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => QueueLayout.For(map).ElementsOffset;

    /// <inheritdoc/>
    public override Errno Fill(int descriptor, in MapAttributes map, long dataOffset) => !map.IsDurable ? Errno.None
        : (Errno)(-Posix.Write(descriptor, BitConverter.GetBytes(Random.Shared.NextInt64()), dataOffset + QueueLayout.DigestKeyOffset));

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new QueueMap(map, file, descriptor, dataOffset);
}
