using System.Buffers.Binary;

namespace Holdfast.Btf;

/// <summary>A blob taken apart into its sections; types in little-endian order.</summary>
internal sealed record BtfBlob(
    ReadOnlyMemory<byte> RawBytes, BtfGraph? Base, BtfHeader Header, bool IsBigEndian, ReadOnlyMemory<byte> Types, ReadOnlyMemory<byte> Strings)
{
    /// <summary>Opens a blob; returns what is wrong, or null.</summary>
    public static BtfDiagnostic? TryOpen(ReadOnlyMemory<byte> bytes, BtfGraph? baseGraph, out BtfBlob? blob)
    {
        blob = null;
        if (BtfIndexer.TryReadSections(bytes.Span, baseGraph is not null, out BtfHeader header, out bool bigEndian) is { } wrong)
        {
            return wrong;
        }

        ReadOnlyMemory<byte> types = bytes.Slice((int)header.TypeStart, (int)header.TypeLength);
        ReadOnlyMemory<byte> strings = bytes.Slice((int)header.StringStart, (int)header.StringLength);
        blob = new(bytes, baseGraph, header, bigEndian, bigEndian ? Swap(types.Span) : types, strings);
        return null;
    }

    /// <summary>The type section is made of 32-bit words only, so its byte order can be changed blindly.</summary>
    private static byte[] Swap(ReadOnlySpan<byte> types)
    {
        byte[] swapped = new byte[types.Length];
        int whole = types.Length & ~3;
        for (int at = 0; at < whole; at += 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(swapped.AsSpan(at), BinaryPrimitives.ReadUInt32BigEndian(types[at..]));
        }

        types[whole..].CopyTo(swapped.AsSpan(whole));
        return swapped;
    }
}
