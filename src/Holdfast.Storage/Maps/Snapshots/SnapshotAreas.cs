using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>
/// Where a durable map's file holds its snapshots: two areas behind everything else, used in turn, each a page that begins with the header
/// and then the blocks. The header is written when the blocks are on the device, so an area has a header or no snapshot.
/// </summary>
internal readonly struct SnapshotAreas
{
    private const long Page = ObjectHeaderLayout.PageLength;
    private const long Longest = 1L << 60;

    private readonly int _descriptor;
    private readonly SnapshotHeader _shape;
    private readonly long _start;
    private readonly long _length;

    private SnapshotAreas(int descriptor, SnapshotHeader shape, long start, long length)
    {
        _descriptor = descriptor;
        _shape = shape;
        _start = start;
        _length = length;
    }

    /// <summary>Finds the areas of a map's file.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="map">The map's shape.</param>
    /// <param name="valueSize">Bytes of an entry's value.</param>
    /// <param name="areas">The areas.</param>
    /// <returns>EINVAL: no valid object; EFBIG: the areas would end behind any file's end.</returns>
    public static Errno TryFind(int descriptor, in MapAttributes map, uint valueSize, out SnapshotAreas areas)
    {
        areas = default;
        if (ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out int error) != ObjectHeaderStatus.Valid)
            return error == 0 ? Errno.EINVAL : (Errno)error;
        SnapshotHeader shape = SnapshotHeader.Of(map, valueSize) with { StoreId = header!.StoreId, MapId = header.Key.Id, Name = header.Name };
        long end = header.DataOffset + header.DataLength;
        for (int index = 0; index < header.SectionCount; index++)
            end = Math.Max(end, header.Section(index).Offset + header.Section(index).Length);
        long length = LengthOf(shape);
        if (length == 0 || end > Longest)
            return Errno.EFBIG;
        areas = new SnapshotAreas(descriptor, shape, Align(end), length);
        return Errno.None;
    }

    /// <summary>Bytes of both areas of a map that is being made.</summary>
    /// <param name="map">The map's shape.</param>
    /// <returns>The bytes; 0 if its kind needs no snapshots, or they would be longer than any file.</returns>
    public static long LengthFor(in MapAttributes map) =>
        MapKind.Of(map.Type) is { } kind && kind.NeedsSnapshot(map) ? 2 * LengthOf(SnapshotHeader.Of(map, kind.EntryValueSizeOf(map))) : 0;

    private static long LengthOf(SnapshotHeader shape)
    {
        UInt128 length = SnapshotWriter.LongestOf(shape);
        return length > (UInt128)Longest ? 0 : Page + Align((long)length);
    }

    /// <summary>The latest whole snapshot; null if there is none.</summary>
    public MapSnapshot? Latest()
    {
        (SnapshotHeader? first, SnapshotHeader? second) = (HeaderIn(0), HeaderIn(1));
        int latest = IsLater(second, first) ? 1 : 0;
        return Whole(latest == 0 ? first : second, latest) ?? Whole(latest == 0 ? second : first, 1 - latest);
    }

    /// <summary>
    /// The header of the only snapshot; null if there is none, or two, since the later may not be on the device. An only one's blocks are there, and
    /// its header is, or will be with the next syncfs(2).
    /// </summary>
    public SnapshotHeader? OnlyHeader()
    {
        (SnapshotHeader? first, SnapshotHeader? second) = (HeaderIn(0), HeaderIn(1));
        return first is null ? second : second is null ? first : null;
    }

    /// <summary>Begins the next snapshot, in the area that doesn't hold the latest.</summary>
    /// <param name="epoch">What is in it: entries inserted up to that epoch.</param>
    /// <param name="changes">What the map told of its changes before.</param>
    /// <param name="snapshot">The snapshot, without a seal yet.</param>
    /// <returns>EIO: the device fails; ENOSPC: the area can't be emptied.</returns>
    public Errno Begin(uint epoch, ulong changes, out UnsealedSnapshot snapshot)
    {
        (SnapshotHeader? first, SnapshotHeader? second) = (HeaderIn(0), HeaderIn(1));
        int area = IsLater(second, first) ? 0 : 1;
        snapshot = default;

        // Both: a sync was ended before it knew that the later header is on the device. It must be, before the earlier snapshot goes.
        if (first is not null && second is not null && Posix.Synchronize(_descriptor) is int error and < 0)
            return (Errno)(-error);
        SnapshotHeader header = _shape with { Sequence = Math.Max(first?.Sequence ?? 0, second?.Sequence ?? 0) + 1, Epoch = epoch, Changes = changes };
        snapshot = new UnsealedSnapshot(header, StartOf(area), StartOf(1 - area), _length);
        return snapshot.Clear(_descriptor);
    }

    private static bool IsLater(SnapshotHeader? one, SnapshotHeader? other) => one is not null && (other is null || one.Sequence > other.Sequence);

    private static long Align(long value) => (value + Page - 1) & ~(Page - 1);

    private MapSnapshot? Whole(SnapshotHeader? header, int area)
    {
        MapSnapshot? snapshot = header is null ? null : new MapSnapshot(header, _descriptor, StartOf(area) + Page);
        return snapshot?.ReadAll(null) == Errno.None ? snapshot : null;
    }

    private SnapshotHeader? HeaderIn(int area)
    {
        Span<byte> bytes = stackalloc byte[SnapshotHeader.Length];
        if (Posix.Read(_descriptor, bytes, StartOf(area)) != bytes.Length || !SnapshotHeader.TryParse(bytes, out SnapshotHeader? header, out _))
            return null;

        // Who may write the file may write anything: only what is this map's and has its sizes is taken for a snapshot.
        bool isOurs = header.StoreId == _shape.StoreId && header.MapId == _shape.MapId && header.Type == _shape.Type
            && header.KeySize == _shape.KeySize && header.ValueSize == _shape.ValueSize && header.MaxEntries == _shape.MaxEntries;
        return isOurs ? header : null;
    }

    private long StartOf(int area) => _start + (area * _length);
}
