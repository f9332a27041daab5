using Holdfast.Btf;

namespace Holdfast;

/// <summary>Sizes of types, and bits of little-endian values.</summary>
internal static class BtfBits
{
    /// <summary>Bytes of a value of a type; 0 if it has none, or more than a map's value can.</summary>
    public static int SizeOf(BtfGraph graph, uint id, int depth = 0) => depth > 64 ? 0 : graph.Resolve(id) switch
    {
        BtfInt type => Bounded(type.Size),
        BtfEnumeration type => Bounded(type.Size),
        BtfComposite type => Bounded(type.Size),
        BtfFloat type => Bounded(type.Size),
        BtfPointer => 8,
        BtfArray type => Bounded((long)type.ElementCount * SizeOf(graph, type.ElementTypeId, depth + 1)),
        BtfDataSection type => Bounded(type.Size),
        BtfVariable type => SizeOf(graph, type.TypeId, depth + 1),
        _ => 0,
    };

    /// <summary>Reads bits, at most 64, that lie within the bytes.</summary>
    public static ulong Read(ReadOnlySpan<byte> bytes, int offset, int count)
    {
        ulong result = 0;
        for (int bit = 0; bit < count; bit++)
            result |= (ulong)((bytes[(offset + bit) / 8] >> ((offset + bit) % 8)) & 1) << bit;
        return result;
    }

    /// <summary>Writes bits, at most 64, that lie within the bytes.</summary>
    public static void Write(Span<byte> bytes, int offset, int count, ulong value)
    {
        for (int bit = 0; bit < count; bit++)
        {
            byte mask = (byte)(1 << ((offset + bit) % 8));
            ref byte place = ref bytes[(offset + bit) / 8];
            place = (byte)((value >> bit & 1) != 0 ? place | mask : place & ~mask);
        }
    }

    /// <summary>The number that bits stand for.</summary>
    public static long SignExtend(ulong raw, int bits) => bits is 0 or 64 ? (long)raw : (long)(raw << (64 - bits)) >> (64 - bits);

    /// <summary>Whether a type is a character.</summary>
    public static bool IsCharacter(BtfType type) => type is BtfInt { Size: 1 } number && (number.Name == "char" || (number.Encoding & BtfIntEncoding.Char) != 0);

    private static int Bounded(long size) => size is > 0 and <= 1 << 30 ? (int)size : 0;
}
