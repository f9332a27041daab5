using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_LRU_HASH (<c>htab_map_alloc_check</c>), and BPF_MAP_TYPE_HASH_OF_MAPS (<c>fd_htab_map_alloc_check</c>), whose values are ids.</summary>
internal sealed class HashKind : MapKind
{
    public static readonly HashKind Instance = new();

    private const uint ElementHeader = 48; // sizeof(struct htab_elem)
    private const MapFlags Flags = AccessFlags | MapFlags.NumaNode | MapFlags.NoPrealloc | MapFlags.ZeroSeed | MapFlags.NoCommonLru;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        bool knownFlags = (map.Flags & ~Flags) == 0 && !HasBothDirections(map.Flags);
        if (knownFlags && LruRules.Check(map, out reason) is var refused && refused != Errno.None)
            return refused;
        reason = "values of a hash_of_maps have 4 bytes";
        if (map.Type == MapType.HashOfMaps && map.ValueSize != sizeof(uint))
            return Errno.EINVAL;
        reason = "a hash map has keys and values of at least a byte, at least one entry, and none of the other types' flags";
        if (!knownFlags || map.MaxEntries == 0 || map.KeySize == 0 || map.ValueSize == 0)
            return Errno.EINVAL;
        reason = "key and value together are limited to 4 MiB";
        if ((ulong)map.KeySize + map.ValueSize >= LargestValue - ElementHeader)
            return Errno.E2BIG;
        reason = "entries times element size is absurd";
        if (map.MaxEntries > 1u << 31)
            return Errno.E2BIG;
        return (ulong)HashLayout.StrideOf(map) * map.MaxEntries > 1ul << 46 ? Errno.ENOMEM : Errno.None;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => HashLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map)
    {
        HashLayout layout = HashLayout.For(map);
        return layout.BucketsOffset + ((long)FirstChunks(layout) << layout.BucketChunkShift);
    }

    /// <inheritdoc/>
    public override Errno Fill(int descriptor, in MapAttributes map, long dataOffset)
    {
        HashLayout layout = HashLayout.For(map);
        uint seed = (map.Flags & MapFlags.ZeroSeed) != 0 ? 0 : (uint)Random.Shared.NextInt64();
        Span<byte> words = stackalloc byte[HashMap.BucketCountOffset + sizeof(uint) - HashMap.SeedOffset];
        words.Clear();
        BitConverter.TryWriteBytes(words, seed);
        BitConverter.TryWriteBytes(words[^sizeof(uint)..], layout.FirstBuckets);
        int result = Posix.Write(descriptor, words, dataOffset + HashMap.SeedOffset);
        if (layout.Grows && result >= 0)
            result = Posix.Write(descriptor, BitConverter.GetBytes((1ul << FirstChunks(layout)) - 1), dataOffset + layout.BucketBitmapOffset);
        return result < 0 ? (Errno)(-result) : Errno.None;
    }

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new HashMap(map, file, descriptor, dataOffset);

    /// <summary>Chunks of the first buckets of a map that grows, at most 32 KiB: they are reserved with the control block.</summary>
    private static int FirstChunks(in HashLayout layout) =>
        layout.Grows ? (int)((((long)layout.FirstBuckets << layout.BucketShift) + (1L << layout.BucketChunkShift) - 1) >> layout.BucketChunkShift) : 0;
}
