using System.Buffers.Binary;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;

namespace Holdfast;

/// <summary>
/// A map's file as bytes: a lead of 64 bytes, the types, then a snapshot, whose blocks have checksums. Its capacity is in the lead: a snapshot
/// that is taken while entries come and go may hold more than the map ever had at once.
/// </summary>
internal static class MapBinaryFile
{
    private const int LeadLength = 64;
    private const int VersionOffset = 8;
    private const int MaxEntriesOffset = 12;
    private const int ExtraOffset = 16;
    private const int PartsOffset = 24;
    private const int ValueSizeOffset = 28;
    private const int KeyTypeOffset = 32;
    private const int ValueTypeOffset = 36;
    private const int BtfLengthOffset = 40;
    private const int BtfChecksumOffset = 44;
    private const int ChecksumOffset = 60;
    private const uint Version = 1;
    private const int LargestBtf = 16 << 20; // BTF_MAX_SIZE

    private static ReadOnlySpan<byte> Magic => "HFMAPFIL"u8;

    /// <summary>Writes a map.</summary>
    public static long Write(BpfMap map, MapFileHeader header, Stream stream)
    {
        ReadOnlySpan<byte> btf = header.Btf is null ? default : header.Btf.RawBytes.Span;
        byte[] lead = new byte[LeadLength];
        Magic.CopyTo(lead);
        Put(lead, VersionOffset, Version);
        Put(lead, MaxEntriesOffset, header.MaxEntries);
        BinaryPrimitives.WriteUInt64LittleEndian(lead.AsSpan(ExtraOffset), header.Extra);
        Put(lead, PartsOffset, (uint)header.Parts);
        Put(lead, ValueSizeOffset, (uint)header.ValueSize);
        Put(lead, KeyTypeOffset, header.KeyTypeId);
        Put(lead, ValueTypeOffset, header.ValueTypeId);
        Put(lead, BtfLengthOffset, (uint)btf.Length);
        Put(lead, BtfChecksumOffset, MapFileChecksum.Of(btf));
        Put(lead, ChecksumOffset, MapFileChecksum.Of(lead.AsSpan(0, ChecksumOffset)));
        stream.Write(lead);
        stream.Write(btf);
        SnapshotHeader snapshot = new()
        {
            MapId = map.Id,
            Name = ObjectName.From(header.Name),
            Type = header.Type,
            KeySize = (uint)header.KeySize,
            ValueSize = (uint)header.ValueBytes,
            MaxEntries = uint.MaxValue,
            Flags = header.Flags,
            Taken = (ulong)(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100,
        };
        stream.Write(snapshot.ToBytes());
        SnapshotWriter writer = new(snapshot, bytes =>
        {
            stream.Write(bytes);
            return Errno.None;
        });
        MapFileContents.Read(map, writer.Add);
        _ = writer.Finish();
        return (long)writer.Count;
    }

    /// <summary>Reads what comes before the entries.</summary>
    public static (MapFileHeader Header, SnapshotHeader Snapshot) ReadHeader(Stream stream)
    {
        byte[] lead = new byte[LeadLength];
        if (stream.ReadAtLeast(lead, LeadLength, throwOnEndOfStream: false) < LeadLength || !lead.AsSpan().StartsWith(Magic))
            throw MapFileError.At("byte 0", "it is no map file");
        if (Take(lead, VersionOffset) > Version)
            throw new BpfException(Errno.EOPNOTSUPP, $"byte {VersionOffset}: a newer version of Holdfast wrote the file; import it with that version [{Errno.EOPNOTSUPP}]");
        if (Take(lead, ChecksumOffset) != MapFileChecksum.Of(lead.AsSpan(0, ChecksumOffset)) || Take(lead, BtfLengthOffset) > LargestBtf)
            throw MapFileError.At("bytes 0 to 63", "they don't check");
        byte[] btf = new byte[Take(lead, BtfLengthOffset)];
        if (stream.ReadAtLeast(btf, btf.Length, throwOnEndOfStream: false) < btf.Length || MapFileChecksum.Of(btf) != Take(lead, BtfChecksumOffset))
            throw MapFileError.At($"byte {LeadLength}", "the types don't check");
        BtfGraph? graph = null;
        if (btf.Length > 0 && !BtfGraph.TryRead(btf, null, out graph, out _))
            throw MapFileError.At($"byte {LeadLength}", "the types can't be read");
        byte[] bytes = new byte[SnapshotHeader.Length];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (!SnapshotHeader.TryParse(bytes.AsSpan(0, count), out SnapshotHeader? snapshot, out Errno error))
            throw new BpfException(error, $"byte {LeadLength + btf.Length}: {(error == Errno.EOPNOTSUPP ? "a newer version of Holdfast wrote the file; import it with that version" : "the snapshot's header doesn't check")} [{error}]");
        MapFileHeader header = new()
        {
            Type = snapshot.Type,
            Name = snapshot.Name.ToString(),
            KeySize = (int)Math.Min(snapshot.KeySize, int.MaxValue),
            ValueSize = (int)Math.Min(Take(lead, ValueSizeOffset), int.MaxValue),
            MaxEntries = Take(lead, MaxEntriesOffset),
            Flags = snapshot.Flags,
            Extra = BinaryPrimitives.ReadUInt64LittleEndian(lead.AsSpan(ExtraOffset)),
            Parts = (int)Math.Min(Take(lead, PartsOffset), int.MaxValue),
            Btf = graph,
            KeyTypeId = Take(lead, KeyTypeOffset),
            ValueTypeId = Take(lead, ValueTypeOffset),
        };
        string? flaw = header.FindFlaw();
        if (flaw is null && header.ValueBytes != snapshot.ValueSize)
            flaw = $"entries with values of {snapshot.ValueSize} bytes, not {header.ValueBytes}";
        return flaw is null ? (header, snapshot) : throw MapFileError.At("byte 0", $"the file's map has {flaw}");
    }

    private static uint Take(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static void Put(Span<byte> bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[offset..], value);
}
