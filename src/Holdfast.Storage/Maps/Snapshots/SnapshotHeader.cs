using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>
/// The first 128 bytes of a map's snapshot: whose it is, and the sizes that its entries have. The entries follow as
/// <see cref="SnapshotWriter"/> writes them. <c>docs/on-disk-format.md</c> has the bytes.
/// </summary>
public sealed record SnapshotHeader
{
    /// <summary>Bytes of a header.</summary>
    public const int Length = 128;

    private const uint CurrentVersion = 1;
    private const int VersionOffset = 8;
    private const int ChecksumOffset = 12;
    private const int StoreOffset = 16;
    private const int MapOffset = 32;
    private const int TypeOffset = 36;
    private const int KeySizeOffset = 40;
    private const int ValueSizeOffset = 44;
    private const int MaxEntriesOffset = 48;
    private const int FlagsOffset = 52;
    private const int NameOffset = 56;
    private const int TakenOffset = 72;
    private const int SequenceOffset = 80;
    private const int EpochOffset = 88;
    private const int ChangesOffset = 96;

    /// <summary>The store that the map is in.</summary>
    public Guid StoreId { get; init; }

    /// <summary>The map's id.</summary>
    public uint MapId { get; init; }

    /// <summary>The map's name.</summary>
    public ObjectName Name { get; init; }

    /// <summary>The map's type.</summary>
    public required MapType Type { get; init; }

    /// <summary>Bytes of an entry's key, 0 where entries have none.</summary>
    public required uint KeySize { get; init; }

    /// <summary>Bytes of an entry's value, all of it: that of a per-CPU map has a part for each slot.</summary>
    public required uint ValueSize { get; init; }

    /// <summary>The map's capacity, and the most entries that a snapshot of it has.</summary>
    public required uint MaxEntries { get; init; }

    /// <summary>The map's creation flags.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>When it was begun, in nanoseconds since 1970.</summary>
    public ulong Taken { get; init; }

    /// <summary>Counts the snapshots of a map: of two, the higher is the later one.</summary>
    public ulong Sequence { get; init; }

    /// <summary>Of a snapshot kept for recovery: the last epoch whose insertions are in it; see <c>docs/on-disk-format.md</c>.</summary>
    public ulong Epoch { get; init; }

    /// <summary>Of a snapshot kept for recovery: what <see cref="SharedMap.Changes"/> was before its entries were read; 0 if that isn't told.</summary>
    internal ulong Changes { get; init; }

    /// <summary>The header of a map's snapshot that is begun now.</summary>
    /// <param name="map">The map.</param>
    /// <param name="valueSize">Bytes of a value as <see cref="SharedMap.ReadEntries"/> gives it.</param>
    /// <returns>The header, without the map's identity.</returns>
    public static SnapshotHeader Of(in MapAttributes map, uint valueSize) => new()
    {
        Type = map.Type,
        KeySize = map.KeySize,
        ValueSize = valueSize,
        MaxEntries = map.MaxEntries,
        Flags = map.Flags,
        Taken = (ulong)(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100,
    };

    /// <summary>The header as bytes.</summary>
    /// <returns><see cref="Length"/> bytes.</returns>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        Magic.CopyTo(bytes);
        Write(bytes, VersionOffset, CurrentVersion);
        _ = StoreId.TryWriteBytes(bytes.AsSpan(StoreOffset));
        Write(bytes, MapOffset, MapId);
        Write(bytes, TypeOffset, (uint)Type);
        Write(bytes, KeySizeOffset, KeySize);
        Write(bytes, ValueSizeOffset, ValueSize);
        Write(bytes, MaxEntriesOffset, MaxEntries);
        Write(bytes, FlagsOffset, (uint)Flags);
        MemoryMarshal.Write(bytes.AsSpan(NameOffset), Name);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(TakenOffset), Taken);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(SequenceOffset), Sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(EpochOffset), Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ChangesOffset), Changes);
        Write(bytes, ChecksumOffset, ObjectHeaderCodec.ChecksumOf(bytes));
        return bytes;
    }

    /// <summary>Judges bytes that claim to be a header.</summary>
    /// <param name="bytes">The bytes, <see cref="Length"/> of them.</param>
    /// <param name="header">The header.</param>
    /// <param name="error"><c>EINVAL</c>: no snapshot, or damaged. <c>EOPNOTSUPP</c>: of a newer version.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SnapshotHeader? header, out Errno error)
    {
        header = null;
        error = Errno.EINVAL;
        if (bytes.Length < Length || !bytes.StartsWith(Magic))
            return false;

        // The version comes first: a newer writer may checksum differently.
        if (Read(bytes, VersionOffset) > CurrentVersion)
        {
            error = Errno.EOPNOTSUPP;
            return false;
        }

        byte[] copy = bytes[..Length].ToArray();
        Write(copy, ChecksumOffset, 0);
        if (Read(bytes, VersionOffset) == 0 || Read(bytes, ChecksumOffset) != ObjectHeaderCodec.ChecksumOf(copy))
            return false;
        header = new SnapshotHeader
        {
            StoreId = new Guid(bytes.Slice(StoreOffset, 16)),
            MapId = Read(bytes, MapOffset),
            Name = MemoryMarshal.Read<ObjectName>(bytes[NameOffset..]),
            Type = (MapType)Read(bytes, TypeOffset),
            KeySize = Read(bytes, KeySizeOffset),
            ValueSize = Read(bytes, ValueSizeOffset),
            MaxEntries = Read(bytes, MaxEntriesOffset),
            Flags = (MapFlags)Read(bytes, FlagsOffset),
            Taken = BinaryPrimitives.ReadUInt64LittleEndian(bytes[TakenOffset..]),
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[SequenceOffset..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(bytes[EpochOffset..]),
            Changes = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChangesOffset..]),
        };
        error = Errno.None;
        return true;
    }

    private static ReadOnlySpan<byte> Magic => "HFMAPSNP"u8;

    private static uint Read(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void Write(Span<byte> bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], value);
}
