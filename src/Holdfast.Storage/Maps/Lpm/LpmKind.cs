using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Lpm;

/// <summary>BPF_MAP_TYPE_LPM_TRIE (<c>trie_alloc</c>).</summary>
internal sealed class LpmKind : MapKind
{
    public static readonly LpmKind Instance = new();

    private const MapFlags Flags = AccessFlags | MapFlags.NumaNode | MapFlags.NoPrealloc;
    private const uint LargestData = 256; // LPM_DATA_SIZE_MAX
    private const uint NodeHeader = 24; // sizeof(struct lpm_trie_node)

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = $"an lpm_trie has keys of a 4-byte prefix length and 1 to {LargestData} bytes, values of at least a byte, at least one entry, BPF_F_NO_PREALLOC, and none of the other types' flags";
        if (map.MaxEntries == 0 || (map.Flags & MapFlags.NoPrealloc) == 0 || (map.Flags & ~Flags) != 0 || HasBothDirections(map.Flags)
            || map.KeySize is <= sizeof(uint) or > sizeof(uint) + LargestData || map.ValueSize is 0 or > LargestValue - LargestData - NodeHeader)
        {
            return Errno.EINVAL;
        }

        reason = "entries times value size is absurd";
        return (ulong)LpmLayout.PlacementOf(map).Stride * LpmLayout.CapacityOf(map) > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => LpmLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => LpmLayout.For(map).NodesOffset;

    /// <inheritdoc/>
    public override Errno Fill(int descriptor, in MapAttributes map, long dataOffset) => !map.IsDurable ? Errno.None
        : (Errno)(-Posix.Write(descriptor, BitConverter.GetBytes(Random.Shared.NextInt64()), dataOffset + LpmLayout.DigestKeyOffset));

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new LpmTrie(map, file, descriptor, dataOffset);
}
