using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Bloom;

/// <summary>BPF_MAP_TYPE_BLOOM_FILTER (<c>bloom_map_alloc</c>).</summary>
internal sealed class BloomKind : MapKind
{
    public static readonly BloomKind Instance = new();

    private const MapFlags Flags = AccessFlags | MapFlags.NumaNode | MapFlags.ZeroSeed;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = "values are limited to 4 MiB";
        if (map.ValueSize > LargestValue)
            return Errno.E2BIG;
        reason = "a bloom_filter has no keys, values of at least a byte, at least one entry, up to 15 hashes (map_extra), and none of the other types' flags";
        return map.KeySize != 0 || map.ValueSize == 0 || map.MaxEntries == 0 || map.Extra > 15 || (map.Flags & ~Flags) != 0 || HasBothDirections(map.Flags)
            ? Errno.EINVAL
            : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => BloomLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => BloomLayout.For(map).BitsOffset;

    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => false;

    /// <inheritdoc/>
    public override Errno Fill(int descriptor, in MapAttributes map, long dataOffset)
    {
        ulong seed = (map.Flags & MapFlags.ZeroSeed) != 0 ? 0 : (ulong)Random.Shared.NextInt64();
        return (Errno)(-Posix.Write(descriptor, BitConverter.GetBytes(seed), dataOffset + BloomLayout.SeedOffset));
    }

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new BloomMap(map, file, descriptor, dataOffset);
}
