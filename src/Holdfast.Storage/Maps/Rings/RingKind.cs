using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>BPF_MAP_TYPE_RINGBUF and BPF_MAP_TYPE_USER_RINGBUF (<c>ringbuf_map_alloc</c>).</summary>
internal sealed class RingKind : MapKind
{
    /// <summary>Programs write, user space reads.</summary>
    public static readonly RingKind Records = new(forUser: false);

    /// <summary>User space writes, programs read.</summary>
    public static readonly RingKind UserRecords = new(forUser: true);

    private readonly bool _forUser;

    private RingKind(bool forUser) => _forUser = forUser;

    /// <inheritdoc/>
    public override Errno Check(in MapAttributes map, out string? reason)
    {
        reason = $"a ring buffer has no keys, no values, no flags, and a size (max_entries) that is a power of two and whole pages of {Environment.SystemPageSize} bytes";
        bool fits = map.KeySize == 0 && map.ValueSize == 0 && (map.Flags & ~MapFlags.NumaNode) == 0
            && uint.IsPow2(map.MaxEntries) && map.MaxEntries % Environment.SystemPageSize == 0;
        return fits ? Errno.None : Errno.EINVAL;
    }

    /// <inheritdoc/>
    public override long LengthOf(in MapAttributes map) => RingLayout.RecordsOffset + map.MaxEntries;

    /// <inheritdoc/>
    public override long ControlLengthOf(in MapAttributes map) => RingLayout.ControlLength(map.MaxEntries);

    /// <summary>What is on its way through a ring is no content that anybody was promised.</summary>
    /// <inheritdoc/>
    public override bool NeedsSnapshot(in MapAttributes map) => false;

    /// <inheritdoc/>
    public override SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset) =>
        _forUser ? new UserRingMap(map, file, descriptor, dataOffset) : new RingBufferMap(map, file, descriptor, dataOffset);
}
