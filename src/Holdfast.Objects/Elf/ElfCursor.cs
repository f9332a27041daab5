using System.Buffers.Binary;

namespace Holdfast.Objects.Elf;

/// <summary>Fields in the file's byte order.</summary>
internal readonly ref struct ElfCursor(ReadOnlySpan<byte> bytes, bool bigEndian)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public ushort U16(int offset) => bigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(_bytes[offset..])
        : BinaryPrimitives.ReadUInt16LittleEndian(_bytes[offset..]);

    public uint U32(int offset) => bigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(_bytes[offset..])
        : BinaryPrimitives.ReadUInt32LittleEndian(_bytes[offset..]);

    public ulong U64(int offset) => bigEndian
        ? BinaryPrimitives.ReadUInt64BigEndian(_bytes[offset..])
        : BinaryPrimitives.ReadUInt64LittleEndian(_bytes[offset..]);

    public ElfCursor At(int offset) => new(_bytes[offset..], bigEndian);
}
