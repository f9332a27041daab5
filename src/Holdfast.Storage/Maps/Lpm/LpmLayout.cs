using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Lpm;

/// <summary>
/// Where things are in the data of an LPM trie: a control block, the bitmap of the chunks of nodes that are there, the tables of
/// roots, the nodes. Prefixes of at least 16 bits are in a trie of their first 16 bits, shorter ones of at least 8 in a trie of their
/// first 8, the rest in one trie: so a lookup begins deep, and a prefix is in one place only.
/// </summary>
internal readonly record struct LpmLayout(
    uint Capacity, long BitmapOffset, long MiddleOffset, long DeepOffset, long NodesOffset, ElementPlacement Placement, uint ValueOffset, uint UseOffset, long Length)
{
    /// <summary>Changed before a node leaves the trie, and before the memory of one is used again: a reader that sees it unchanged saw the trie.</summary>
    public const int VersionOffset = 0;

    /// <summary>The root of the prefixes of less than 8 bits.</summary>
    public const int ShortRootOffset = 4;

    /// <summary>Lock word of the writers.</summary>
    public const int LockOffset = 64;

    /// <summary>How many nodes were ever used.</summary>
    public const int FreshOffset = 72;

    /// <summary>Free queue: index + 1 of the first node.</summary>
    public const int HeadOffset = 76;

    /// <summary>Free queue: index + 1 of the last node.</summary>
    public const int TailOffset = 80;

    /// <summary>Free queue: its length.</summary>
    public const int QueuedOffset = 84;

    /// <summary>Prefixes in the map.</summary>
    public const int EntriesOffset = 88;

    /// <summary>Of a durable trie: not 0 if programs were given addresses of values.</summary>
    public const int AddressedOffset = 92;

    /// <summary>Of a durable trie: the digest of the entries.</summary>
    public const int DigestOffset = 96;

    /// <summary>Of a durable trie: the digest that the change under way leads to.</summary>
    public const int NextDigestOffset = 104;

    /// <summary>Of a durable trie: the key of the digest.</summary>
    public const int DigestKeyOffset = 112;

    /// <summary>The redo log (<see cref="LpmLog"/>).</summary>
    public const int LogOffset = 128;

    /// <summary>Bits of the roots in the middle.</summary>
    public const int MiddleBits = 8;

    /// <summary>Bits of the deep roots.</summary>
    public const int DeepBits = 16;

    /// <summary>Nodes beyond the entries and what joins them: as many removals before a node is used again.</summary>
    public const uint Spares = 256;

    /// <summary>Bytes of a node's header.</summary>
    public const int HeaderBytes = 16;

    // The table of deep roots takes 256 KiB, which is there from the start.
    private const uint EntriesForDeepRoots = 1000;
    private const long ControlBytes = LogOffset + LpmLog.Bytes;
    private const long Page = 4096;

    /// <summary>Bytes of a node.</summary>
    public uint Stride => Placement.Stride;

    /// <summary>Where nodes lie: those of a durable trie on one page each, if they fit.</summary>
    public static ElementPlacement PlacementOf(in MapAttributes map) =>
        map.IsDurable ? ElementPlacement.Paged(UseOffsetOf(map) + LpmUse.Bytes) : ElementPlacement.Dense(UseOffsetOf(map));

    /// <summary>Nodes there is room for: n prefixes need at most n - 1 nodes that only join others.</summary>
    public static uint CapacityOf(in MapAttributes map) => (uint)Math.Min((2ul * map.MaxEntries) + Spares, uint.MaxValue - 1);

    /// <summary>Places of a trie that passed its checks.</summary>
    public static LpmLayout For(in MapAttributes map)
    {
        uint capacity = CapacityOf(map), dataBytes = map.KeySize - sizeof(uint);
        ElementPlacement placement = PlacementOf(map);
        long nodes = placement.LengthOf(capacity);
        long middle = ControlBytes + ChunkReservation.BitmapBytes(nodes, ChunkReservation.DenseShift);
        long deep = middle + (sizeof(uint) << MiddleBits);
        bool hasDeep = dataBytes * 8 >= DeepBits && map.MaxEntries >= EntriesForDeepRoots;
        long start = Align(deep + (hasDeep ? sizeof(uint) << DeepBits : 0));
        return new(capacity, ControlBytes, middle, hasDeep ? deep : 0, start, placement, HeaderBytes + Round8(dataBytes), UseOffsetOf(map), Align(start + nodes));
    }

    private static uint UseOffsetOf(in MapAttributes map) => HeaderBytes + Round8(map.KeySize - sizeof(uint)) + Round8(map.ValueSize);

    private static uint Round8(uint size) => (size + 7) & ~7u;

    private static long Align(long offset) => (offset + Page - 1) & ~(Page - 1);
}
