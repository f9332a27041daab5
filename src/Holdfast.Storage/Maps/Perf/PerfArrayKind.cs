using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Perf;

/// <summary>BPF_MAP_TYPE_PERF_EVENT_ARRAY (<c>fd_array_map_alloc_check</c>).</summary>
internal sealed class PerfArrayKind : MapKind
{
    public static readonly PerfArrayKind Instance = new();

    private const MapFlags Flags = MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.NumaNode | MapFlags.PreserveElems;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = "a perf_event_array has 4-byte keys and values, at least one entry, and no flags that keep programs out";
        return map.KeySize == 4 && map.ValueSize == 4 && map.MaxEntries != 0 && (map.Flags & ~Flags) == 0 ? Errno.None : Errno.EINVAL;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => PerfLayout.For(map).Length;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => PerfLayout.For(map).RecordsOffset;

    /// <summary>What is on its way through a buffer is no content that anybody was promised.</summary>
    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => false;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        new PerfArrayMap(map, file, descriptor, dataOffset);
}
