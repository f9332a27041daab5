using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>One kind of map: which shapes it takes, how many bytes they need, and how they are opened (the kernel's <c>map_ops</c>).</summary>
internal abstract class MapKind
{
    /// <summary>Flags that say who may write or read; every kind of map takes these.</summary>
    protected const MapFlags AccessFlags = MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram;

    /// <summary>What the kernel allocates for one entry at most (<c>KMALLOC_MAX_SIZE</c>).</summary>
    protected const uint LargestValue = 1u << 22;

    /// <summary>The kind of a map type; null if the userspace engine keeps no such maps.</summary>
    public static MapKind? Of(MapType type) => type switch
    {
        MapType.Array => ArrayKind.Instance,
        MapType.ProgArray or MapType.ArrayOfMaps => IdArrayKind.Instance,
        MapType.Hash or MapType.LruHash or MapType.HashOfMaps => HashKind.Instance,
        MapType.PerCpuHash or MapType.LruPerCpuHash => PerCpu.PerCpuHashKind.Instance,
        MapType.PerCpuArray => PerCpu.PerCpuArrayKind.Instance,
        MapType.Queue or MapType.Stack => Queues.QueueKind.Instance,
        MapType.BloomFilter => Bloom.BloomKind.Instance,
        MapType.StackTrace => Stacks.StackKind.Instance,
        MapType.LpmTrie => Lpm.LpmKind.Instance,
        MapType.PerfEventArray => PerfArrayKind.Instance,
        MapType.RingBuf => RingKind.Records,
        MapType.UserRingBuf => RingKind.UserRecords,
        _ => null,
    };

    /// <summary>Checks a shape (<c>map_alloc_check</c>).</summary>
    /// <param name="map">The shape.</param>
    /// <param name="reason">What is wrong, in one line; of no meaning if nothing is.</param>
    /// <returns>EINVAL, E2BIG or ENOMEM, as the kernel answers.</returns>
    public abstract Errno Check(in MapAttributes map, out string? reason);

    /// <summary>Bytes of the data of a shape that passed its checks; sparse, so that only what is used costs memory.</summary>
    public abstract long LengthOf(in MapAttributes map);

    /// <summary>Bytes at the beginning of the data that must be there, as zeros, before anybody opens the map.</summary>
    public abstract long ControlLengthOf(in MapAttributes map);

    /// <summary>Fills what doesn't begin as zeros. Called once, before the object is published.</summary>
    /// <param name="descriptor">The object's file; the control bytes are reserved.</param>
    /// <param name="map">The shape.</param>
    /// <param name="dataOffset">Where the data begins.</param>
    /// <returns>ENOSPC, …</returns>
    public virtual Errno Fill(int descriptor, in MapAttributes map, long dataOffset) => Errno.None;

    /// <summary>Whether recovery of such a map can use a snapshot: not where the file alone tells all.</summary>
    public virtual bool NeedsSnapshot(in MapAttributes map) => map.IsDurable;

    /// <summary>Bytes of a value in a snapshot, all its parts.</summary>
    public virtual uint EntryValueSizeOf(in MapAttributes map) => map.ValueSize;

    /// <summary>The map on a mapped file.</summary>
    public abstract SharedMap Open(in MapAttributes map, MappedFile file, int descriptor, long dataOffset);

    /// <summary>Whether programs would be kept from both reading and writing, which is refused.</summary>
    protected static bool HasBothDirections(MapFlags flags) =>
        (flags & (MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram)) == (MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram);
}
