using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Btf;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Formatting;

/// <summary>Field names and numbers → bytes, by BTF. What <see cref="BtfValueReader"/> writes is read back.</summary>
internal sealed class BtfValueWriter(BtfGraph graph)
{
    /// <summary>Writes a value; members that aren't named stay as they are.</summary>
    /// <param name="typeId">Its type.</param>
    /// <param name="node">The value.</param>
    /// <param name="bytes">Receives it.</param>
    /// <param name="name">What it is called in messages.</param>
    public void Write(uint typeId, JsonNode? node, Span<byte> bytes, string name)
    {
        long size = BtfSizes.Of(graph, typeId);
        if (size <= 0 || size > bytes.Length)
            throw new CliException($"{name}: its type has {size} bytes, the map has room for {bytes.Length}");
        bytes = bytes[..(int)size];
        if (node is JsonValue raw && Text(raw) is { } hex && hex.StartsWith("hex:", StringComparison.Ordinal))
        {
            RawBytes.Parse(hex[4..], bytes.Length, name).CopyTo(bytes);
            return;
        }

        switch (graph.Resolve(typeId))
        {
            case BtfInt type:
                WriteBits(bytes, 0, (int)size * 8, ReadNumber(node, (int)size * 8, type.IsSigned, name));
                break;
            case BtfEnumeration type:
                WriteBits(bytes, 0, (int)size * 8, ReadEnumerator(type, node, name));
                break;
            case BtfPointer:
                WriteBits(bytes, 0, 64, ReadNumber(node, 64, signed: false, name));
                break;
            case BtfFloat { Size: 4 or 8 } type:
                WriteFloat(type, node, bytes, name);
                break;
            case BtfComposite type:
                WriteComposite(type, node, bytes, name);
                break;
            case BtfArray type:
                WriteArray(type, node, bytes, name);
                break;
            case BtfDataSection type:
                WriteSection(type, node, bytes, name);
                break;
            case BtfVariable type:
                Write(type.TypeId, node, bytes, name);
                break;
            default:
                throw new CliException($"{name}: values of its type are given as hex:…");
        }
    }

    private void WriteComposite(BtfComposite type, JsonNode? node, Span<byte> bytes, string name)
    {
        if (node is not JsonObject fields)
            throw new CliException($"{name} is a struct: give {{\"{Fields(type).FirstOrDefault()}\":…}} or {Fields(type).FirstOrDefault()}=…");
        foreach ((string field, JsonNode? value) in fields)
        {
            if (!TryWriteField(type, field, value, bytes))
                throw new CliException($"{name} has no field '{field}'; it has {string.Join(", ", Fields(type))}");
        }
    }

    private bool TryWriteField(BtfComposite type, string field, JsonNode? value, Span<byte> bytes)
    {
        foreach (BtfMember member in type.Members)
        {
            if (member.Name == field)
            {
                WriteMember(member, value, bytes);
                return true;
            }

            if (member.Name.Length == 0 && graph.Resolve(member.TypeId) is BtfComposite inner
                && TryWriteField(inner, field, value, bytes[(int)Math.Min(member.ByteOffset, (uint)bytes.Length)..]))
                return true;
        }

        return false;
    }

    private void WriteMember(BtfMember member, JsonNode? value, Span<byte> bytes)
    {
        if (!member.IsBitfield)
        {
            Write(member.TypeId, value, bytes[(int)Math.Min(member.ByteOffset, (uint)bytes.Length)..], member.Name);
            return;
        }

        if (member.BitOffset + member.BitfieldSize > (ulong)bytes.Length * 8)
            throw new CliException($"{member.Name} lies past the end of its struct");
        bool signed = graph.Resolve(member.TypeId) is BtfInt { IsSigned: true };
        WriteBits(bytes, (int)member.BitOffset, member.BitfieldSize, ReadNumber(value, member.BitfieldSize, signed, member.Name));
    }

    private void WriteSection(BtfDataSection type, JsonNode? node, Span<byte> bytes, string name)
    {
        if (node is not JsonObject fields)
            throw new CliException($"{name} is a data section: give {{\"variable\":…}}");
        foreach ((string field, JsonNode? value) in fields)
        {
            BtfSectionVariable variable = type.Variables.FirstOrDefault(candidate => graph.NameOf(candidate.TypeId) == field);
            if (variable.TypeId == 0)
                throw new CliException($"{name} has no variable '{field}'");
            Write(variable.TypeId, value, bytes[(int)Math.Min(variable.Offset, (uint)bytes.Length)..], field);
        }
    }

    private void WriteArray(BtfArray type, JsonNode? node, Span<byte> bytes, string name)
    {
        if (node is JsonValue value && Text(value) is { } text)
        {
            byte[] letters = Encoding.UTF8.GetBytes(text);
            if (BtfSizes.IsCharacter(graph.Resolve(type.ElementTypeId)) && letters.Length <= bytes.Length)
            {
                bytes.Clear();
                letters.CopyTo(bytes);
                return;
            }

            if (BtfSizes.IsByte(graph, type.ElementTypeId) && AddressText.TryParse(text, bytes))
                return;
        }

        if (node is not JsonArray elements || elements.Count > type.ElementCount)
            throw new CliException($"{name} is an array of {type.ElementCount}: give [value, …]{(bytes.Length is 4 or 6 or 16 ? " or an address" : "")}");
        int size = (int)BtfSizes.Of(graph, type.ElementTypeId);
        for (int i = 0; i < elements.Count; i++)
            Write(type.ElementTypeId, elements[i], bytes.Slice(i * size, size), $"{name}[{i}]");
    }

    private static void WriteFloat(BtfFloat type, JsonNode? node, Span<byte> bytes, string name)
    {
        if (!double.TryParse(Text(node), NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            throw new CliException($"{name}: '{Text(node)}' is no number");
        WriteBits(bytes, 0, bytes.Length * 8, type.Size == 4 ? BitConverter.SingleToUInt32Bits((float)value) : BitConverter.DoubleToUInt64Bits(value));
    }

    private static ulong ReadEnumerator(BtfEnumeration type, JsonNode? node, string name)
    {
        string text = Text(node);
        foreach (BtfEnumValue known in type.Values)
        {
            if (known.Name == text)
                return (ulong)known.Value;
        }

        return ReadNumber(node, (int)type.Size * 8, type.IsSigned, name);
    }

    /// <summary>Decimal, 0x…, negative where signed, true and false; what doesn't fit is refused.</summary>
    private static ulong ReadNumber(JsonNode? node, int bits, bool signed, string name)
    {
        string text = Text(node);
        if (text is "true" or "false")
            return text == "true" ? 1u : 0u;
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        bool isHex = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (bits > 64 || !ulong.TryParse(isHex ? digits[2..] : digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            throw new CliException($"{name}: '{text}' is no number of {bits} bits");
        ulong limit = bits == 64 ? ulong.MaxValue : (1ul << bits) - 1;
        if (negative ? !signed || value > 1ul << (bits - 1) : value > (signed && !isHex ? limit >> 1 : limit))
            throw new CliException($"{name}: {text} does not fit into {bits} bits{(signed ? "" : " without a sign")}");
        return (negative ? 0 - value : value) & limit;
    }

    private IEnumerable<string> Fields(BtfComposite type) => type.Members.SelectMany(member =>
        member.Name.Length > 0 ? [member.Name] : graph.Resolve(member.TypeId) is BtfComposite inner ? Fields(inner) : []);

    private static string Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue(out string? text) ? text : node?.ToJsonString() ?? "null";

    private static void WriteBits(Span<byte> bytes, int offset, int count, ulong value)
    {
        for (int i = 0; i < count && i < 64; i++)
        {
            int at = offset + i;
            byte mask = (byte)(1 << (at % 8));
            bytes[at / 8] = (byte)((value >> i & 1) != 0 ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
        }
    }
}
