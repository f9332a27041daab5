using System.Buffers.Binary;

namespace Holdfast.Btf;

/// <summary>The header of a BTF blob (<c>struct btf_header</c>); offsets count from its end.</summary>
/// <param name="Length">Length of the header.</param>
/// <param name="TypeOffset">Start of the types.</param>
/// <param name="TypeLength">Bytes of types.</param>
/// <param name="StringOffset">Start of the strings.</param>
/// <param name="StringLength">Bytes of strings.</param>
internal readonly record struct BtfHeader(uint Length, uint TypeOffset, uint TypeLength, uint StringOffset, uint StringLength)
{
    public const ushort Magic = 0xeb9f;
    public const ushort SwappedMagic = 0x9feb;
    public const int Size = 24;

    /// <summary>First byte of the types in the whole data.</summary>
    public long TypeStart => (long)Length + TypeOffset;

    /// <summary>First byte of the strings in the whole data.</summary>
    public long StringStart => (long)Length + StringOffset;

    /// <summary>Reads the header of either byte order; returns what is wrong, or null.</summary>
    public static BtfDiagnostic? TryRead(ReadOnlySpan<byte> data, out BtfHeader header, out bool bigEndian)
    {
        header = default;
        bigEndian = false;
        if (data.Length < 8)
        {
            return new(BtfDiagnosticId.TruncatedHeader, data.Length, "hdr_len not found");
        }

        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(data);
        bigEndian = magic == SwappedMagic;
        if (magic is not (Magic or SwappedMagic))
        {
            return new(BtfDiagnosticId.InvalidMagic, 0, "Invalid magic");
        }

        uint length = ReadWord(data[4..], bigEndian);
        if (length < 8 || length > data.Length)
        {
            return new(BtfDiagnosticId.TruncatedHeader, 4, "btf_header not found");
        }

        if (length > Size && data[Size..(int)length].ContainsAnyExcept((byte)0))
        {
            return new(BtfDiagnosticId.UnsupportedHeader, Size, "Unsupported btf_header");
        }

        if (data[2] != 1)
        {
            return new(BtfDiagnosticId.UnsupportedVersion, 2, "Unsupported version");
        }

        if (data[3] != 0)
        {
            return new(BtfDiagnosticId.UnsupportedFlags, 3, "Unsupported flags");
        }

        // Fields that a shorter header lacks are zero.
        Span<byte> fields = stackalloc byte[Size];
        fields.Clear();
        data[..(int)Math.Min(length, Size)].CopyTo(fields);
        header = new(length, ReadWord(fields[8..], bigEndian), ReadWord(fields[12..], bigEndian),
            ReadWord(fields[16..], bigEndian), ReadWord(fields[20..], bigEndian));
        return null;
    }

    private static uint ReadWord(ReadOnlySpan<byte> data, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(data) : BinaryPrimitives.ReadUInt32LittleEndian(data);
}
