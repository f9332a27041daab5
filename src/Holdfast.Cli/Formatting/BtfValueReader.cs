using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Btf;

namespace Holdfast.Cli.Formatting;

/// <summary>Bytes → field names and numbers, by BTF.</summary>
internal sealed class BtfValueReader(BtfGraph graph)
{
    /// <summary>Reads a value.</summary>
    /// <param name="typeId">Its type.</param>
    /// <param name="bytes">Its bytes; what is missing reads as hex of what is there.</param>
    /// <param name="name">Name of the member that holds it, which may suggest an address.</param>
    /// <returns>Objects for structs, arrays, numbers, text, booleans.</returns>
    public JsonNode Read(uint typeId, ReadOnlySpan<byte> bytes, string name = "")
    {
        long size = BtfSizes.Of(graph, typeId);
        if (size <= 0 || size > bytes.Length)
            return Hex(bytes);
        bytes = bytes[..(int)size];
        return graph.Resolve(typeId) switch
        {
            BtfInt type => ReadInt(type, bytes),
            BtfEnumeration type => ReadEnumeration(type, bytes),
            BtfComposite type => ReadComposite(type, bytes),
            BtfArray type => ReadArray(type, bytes, name),
            BtfPointer => Hex64(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
            BtfFloat { Size: 4 } => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            BtfFloat { Size: 8 } => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            BtfDataSection type => ReadSection(type, bytes),
            BtfVariable type => Read(type.TypeId, bytes, type.Name),
            _ => Hex(bytes),
        };
    }

    /// <summary>Bytes as <c>hex:…</c>, as the parser reads them back.</summary>
    public static JsonNode Hex(ReadOnlySpan<byte> bytes) => JsonValue.Create("hex:" + Convert.ToHexStringLower(bytes));

    private static JsonValue Hex64(ulong value) => JsonValue.Create($"0x{value:x}");

    private static JsonNode ReadInt(BtfInt type, ReadOnlySpan<byte> bytes)
    {
        if (type.Size > 8)
            return Hex(bytes);
        ulong raw = Bits(bytes, type.BitOffset, type.BitCount);
        return (type.Encoding & BtfIntEncoding.Bool) != 0 ? raw != 0 : Number(raw, type.BitCount, type.IsSigned);
    }

    private static JsonNode ReadEnumeration(BtfEnumeration type, ReadOnlySpan<byte> bytes)
    {
        int bits = (int)type.Size * 8;
        return EnumerationText(type, Bits(bytes, 0, bits), bits);
    }

    private static JsonNode EnumerationText(BtfEnumeration type, ulong raw, int bits)
    {
        long value = type.IsSigned ? SignExtend(raw, bits) : (long)raw;
        foreach (BtfEnumValue known in type.Values)
        {
            if (known.Value == value)
                return known.Name;
        }

        return Number(raw, bits, type.IsSigned);
    }

    private JsonObject ReadComposite(BtfComposite type, ReadOnlySpan<byte> bytes)
    {
        JsonObject result = [];
        foreach (BtfMember member in type.Members)
        {
            JsonNode value = ReadMember(member, bytes);
            if (member.Name.Length > 0)
                result[member.Name] = value;
            else if (value is JsonObject inner)
                Merge(result, inner);
        }

        return result;
    }

    private JsonNode ReadMember(BtfMember member, ReadOnlySpan<byte> bytes)
    {
        if (!member.IsBitfield)
            return Read(member.TypeId, bytes[(int)Math.Min(member.ByteOffset, (uint)bytes.Length)..], member.Name);
        if (member.BitOffset + member.BitfieldSize > (ulong)bytes.Length * 8 || member.BitfieldSize > 64)
            return Hex([]);
        ulong raw = Bits(bytes, (int)member.BitOffset, member.BitfieldSize);
        return graph.Resolve(member.TypeId) switch
        {
            BtfEnumeration type => EnumerationText(type, raw, member.BitfieldSize),
            BtfInt type => Number(raw, member.BitfieldSize, type.IsSigned),
            _ => Number(raw, member.BitfieldSize, signed: false),
        };
    }

    private JsonObject ReadSection(BtfDataSection type, ReadOnlySpan<byte> bytes)
    {
        JsonObject result = [];
        foreach (BtfSectionVariable variable in type.Variables)
            result[graph.NameOf(variable.TypeId)] = Read(variable.TypeId, bytes[(int)Math.Min(variable.Offset, (uint)bytes.Length)..]);
        return result;
    }

    private JsonNode ReadArray(BtfArray type, ReadOnlySpan<byte> bytes, string name)
    {
        BtfType element = graph.Resolve(type.ElementTypeId);
        if (BtfSizes.IsCharacter(element) && TryText(bytes, out string text))
            return text;
        if (BtfSizes.IsByte(graph, type.ElementTypeId) && BtfSizes.SuggestsAddress(name) && AddressText.Format(bytes) is { } address)
            return address;
        int size = (int)BtfSizes.Of(graph, type.ElementTypeId);
        JsonArray result = [];
        for (int at = 0; size > 0 && at + size <= bytes.Length; at += size)
            result.Add(Read(type.ElementTypeId, bytes.Slice(at, size)));
        return result;
    }

    /// <summary>Printable text up to the first zero, with nothing but zeros behind.</summary>
    private static bool TryText(ReadOnlySpan<byte> bytes, out string text)
    {
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> letters = end < 0 ? bytes : bytes[..end];
        text = Encoding.UTF8.GetString(letters);
        return !bytes[letters.Length..].ContainsAnyExcept((byte)0) && !text.Any(letter => char.IsControl(letter) || letter == '\ufffd');
    }

    private static void Merge(JsonObject target, JsonObject inner)
    {
        foreach ((string name, JsonNode? value) in inner.ToArray())
        {
            inner.Remove(name);
            target[name] = value;
        }
    }

    private static JsonValue Number(ulong raw, int bits, bool signed) => signed ? JsonValue.Create(SignExtend(raw, bits)) : JsonValue.Create(raw);

    private static long SignExtend(ulong raw, int bits) => bits is 0 or 64 ? (long)raw : (long)(raw << (64 - bits)) >> (64 - bits);

    /// <summary>Little-endian bits at an offset, at most 64.</summary>
    private static ulong Bits(ReadOnlySpan<byte> bytes, int offset, int count)
    {
        ulong result = 0;
        for (int i = 0; i < count && (offset + i) / 8 < bytes.Length; i++)
            result |= (ulong)((bytes[(offset + i) / 8] >> ((offset + i) % 8)) & 1) << i;
        return result;
    }
}
