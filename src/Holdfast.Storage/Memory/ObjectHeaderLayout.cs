namespace Holdfast.Storage.Memory;

/// <summary>Where things are on the first page of an object's file; all numbers little-endian. <c>docs/on-disk-format.md</c> tells the same to people.</summary>
internal static class ObjectHeaderLayout
{
    /// <summary>The header page; data begins behind it.</summary>
    internal const int PageLength = 4096;

    /// <summary>Bytes 0 to here never change after creation and are covered by the checksum.</summary>
    internal const int ImmutableLength = 1024;

    /// <summary>Bytes from <see cref="ImmutableLength"/> to here are words that change.</summary>
    internal const int LeaseTableOffset = 2048;

    /// <summary>Length of the lease table.</summary>
    internal const int LeaseTableLength = PageLength - LeaseTableOffset;

    /// <summary>First byte of a map's data.</summary>
    internal const long DataOffset = PageLength;

    /// <summary>The format that this library writes.</summary>
    internal const uint Version = 1;

    internal const int MagicOffset = 0;
    internal const int VersionOffset = 8;
    internal const int ChecksumOffset = 12;
    internal const int CompatOffset = 16;
    internal const int ReadOnlyCompatOffset = 24;
    internal const int IncompatOffset = 32;
    internal const int KindOffset = 40;
    internal const int IdOffset = 44;
    internal const int StoreIdOffset = 48;
    internal const int CreatedOffset = 64;
    internal const int CreatedBootTimeOffset = 72;
    internal const int UserOffset = 80;
    internal const int FlagsOffset = 84;
    internal const int DataOffsetOffset = 88;
    internal const int DataLengthOffset = 96;
    internal const int NameOffset = 104;
    internal const int AttributesLengthOffset = 120;
    internal const int SectionCountOffset = 124;
    internal const int AttributesOffset = 128;
    internal const int AttributesCapacity = 512;
    internal const int SectionsOffset = AttributesOffset + AttributesCapacity;
    internal const int SectionLength = 24;
    internal const int SectionCapacity = (ImmutableLength - SectionsOffset) / SectionLength;

    // Words that change.
    internal const int StateOffset = 1024;
    internal const int FrozenOffset = 1028;
    internal const int WatchedOffset = 1032;
    internal const int BootIdOffset = 1040;
    internal const int EventCounterOffset = 1056;
    internal const int InodeOffset = 1064;
    internal const int KindWordsOffset = 1088;
    internal const int KindWordCount = 16;

    /// <summary>What an opener reads: the immutable part and the words that change, kind words included.</summary>
    internal const int ReadLength = KindWordsOffset + (KindWordCount * sizeof(ulong));

    /// <summary>Value of the state word of an object that its last closer has given up.</summary>
    internal const uint Dead = 0x44414544;

    /// <summary><c>HFOBJECT</c>.</summary>
    internal static ReadOnlySpan<byte> Magic => "HFOBJECT"u8;
}
