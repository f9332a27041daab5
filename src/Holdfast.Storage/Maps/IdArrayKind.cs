using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Inner;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>BPF_MAP_TYPE_PROG_ARRAY and BPF_MAP_TYPE_ARRAY_OF_MAPS (<c>fd_array_map_alloc_check</c>).</summary>
internal sealed class IdArrayKind : MapKind
{
    public static readonly IdArrayKind Instance = new();

    private const MapFlags Flags = MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.NumaNode;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        string name = map.Type == MapType.ProgArray ? "a prog_array" : "an array_of_maps";
        reason = $"{name} has 4-byte keys and values, at least one entry, and no flags that keep programs out";
        return map.KeySize == 4 && map.ValueSize == 4 && map.MaxEntries != 0 && (map.Flags & ~Flags) == 0 ? Errno.None : Errno.EINVAL;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => ArrayLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => ArrayLayout.For(map).ElementsOffset;

    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => false;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) => map.Type == MapType.ProgArray
        ? new ProgArrayMap(map, file, descriptor, dataOffset)
        : new ArrayOfMapsMap(map, file, descriptor, dataOffset);
}
