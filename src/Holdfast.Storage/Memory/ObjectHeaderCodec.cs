using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Memory;

/// <summary>Writes headers, and judges bytes that claim to be one. No input makes it throw.</summary>
internal static class ObjectHeaderCodec
{
    /// <summary>Reads and judges the header of an open file.</summary>
    /// <param name="descriptor">Open for reading.</param>
    /// <param name="header">The header if it is valid.</param>
    /// <param name="error">Errno of the read if that failed, positive; else 0.</param>
    [SkipLocalsInit] // Only what was read of the buffer is looked at.
    internal static ObjectHeaderStatus Read(int descriptor, out ObjectHeader? header, out int error)
    {
        Span<byte> bytes = stackalloc byte[ObjectHeaderLayout.ReadLength];
        int count = Posix.Read(descriptor, bytes, 0);
        error = Math.Max(-count, 0);
        header = null;
        if (count < 0)
            return ObjectHeaderStatus.Foreign;
        header = count == bytes.Length ? CheckedHeaders.Find(bytes) : null;
        if (header is not null)
            return ObjectHeaderStatus.Valid;
        ObjectHeaderStatus status = Judge(bytes[..count]);
        if (status != ObjectHeaderStatus.Valid)
            return status;
        header = new ObjectHeader(bytes);

        // One that has something where nothing is expected is checked each time.
        if (ReferenceEquals(header.With(bytes), header))
            CheckedHeaders.Add(bytes, header);
        return status;
    }

    /// <summary>Whether an open file is an object that only a newer version may open. Costs little for an object that refers to nothing.</summary>
    /// <param name="descriptor">Open for reading.</param>
    /// <param name="referrer">The header of a valid object that may refer to others; else null.</param>
    [SkipLocalsInit] // Only what was read of the buffer is looked at.
    internal static bool IsNewer(int descriptor, out ObjectHeader? referrer)
    {
        Span<byte> bytes = stackalloc byte[ObjectHeaderLayout.ReadLength];
        int count = Posix.Read(descriptor, bytes, 0);
        referrer = null;
        if (count < ObjectHeaderLayout.KindOffset || !bytes.StartsWith(ObjectHeaderLayout.Magic))
            return false;
        if (IsNewer(bytes))
            return true;
        if (count == bytes.Length && (BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.FlagsOffset..]) & (uint)ObjectFlags.MayRefer) != 0
            && Judge(bytes) == ObjectHeaderStatus.Valid)
            referrer = new ObjectHeader(bytes);
        return false;
    }

    /// <summary>Judges bytes from the start of a file.</summary>
    internal static ObjectHeaderStatus Judge(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> magic = ObjectHeaderLayout.Magic;
        if (bytes.Length < magic.Length || !bytes[..magic.Length].SequenceEqual(magic))
            return !bytes[..Math.Min(bytes.Length, magic.Length)].ContainsAnyExcept((byte)0) ? ObjectHeaderStatus.Incomplete : ObjectHeaderStatus.Foreign;
        if (bytes.Length < ObjectHeaderLayout.ReadLength)
            return ObjectHeaderStatus.Damaged;

        // Version and features come first: a newer writer may checksum differently.
        if (IsNewer(bytes))
            return ObjectHeaderStatus.Newer;
        bool sound = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.VersionOffset..]) != 0
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.ChecksumOffset..]) == Checksum(bytes)
            && IsConsistent(bytes);
        return sound ? ObjectHeaderStatus.Valid : ObjectHeaderStatus.Damaged;
    }

    /// <summary>The checksum of the immutable part, its own field taken as zero.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes[..ObjectHeaderLayout.ImmutableLength]);
        uint sum = ~0u;
        sum = BitOperations.Crc32C(sum, words[0]);
        sum = BitOperations.Crc32C(sum, words[1] & uint.MaxValue);
        foreach (ulong word in words[2..])
            sum = BitOperations.Crc32C(sum, word);
        return ~sum;
    }

    /// <summary>CRC-32C of any bytes.</summary>
    internal static uint ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        uint sum = ~0u;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte rest in bytes)
            sum = BitOperations.Crc32C(sum, rest);
        return ~sum;
    }

    private static bool IsNewer(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.VersionOffset..]) > ObjectHeaderLayout.Version
        || new ObjectFeatures(0, 0, BinaryPrimitives.ReadUInt64LittleEndian(bytes[ObjectHeaderLayout.IncompatOffset..])).HasUnknownIncompat;

    private static bool IsConsistent(ReadOnlySpan<byte> bytes)
    {
        uint kind = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.KindOffset..]);
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.IdOffset..]);
        ulong dataOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ObjectHeaderLayout.DataOffsetOffset..]);
        ulong dataLength = BinaryPrimitives.ReadUInt64LittleEndian(bytes[ObjectHeaderLayout.DataLengthOffset..]);
        uint attributes = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.AttributesLengthOffset..]);
        uint sections = BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.SectionCountOffset..]);
        if (kind is < (uint)ObjectKind.Map or > (uint)ObjectKind.Hook || id is 0 or > int.MaxValue
            || dataOffset != (ulong)ObjectHeaderLayout.DataOffset || dataLength > long.MaxValue - (2 * ObjectHeaderLayout.PageLength)
            || attributes > ObjectHeaderLayout.AttributesCapacity || sections > ObjectHeaderLayout.SectionCapacity)
            return false;
        for (int index = 0; index < (int)sections; index++)
        {
            ReadOnlySpan<byte> entry = bytes[(ObjectHeaderLayout.SectionsOffset + (index * ObjectHeaderLayout.SectionLength))..];
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            if (length > int.MaxValue || offset < dataOffset + dataLength || offset > long.MaxValue - length)
                return false;
        }

        return true;
    }
}
