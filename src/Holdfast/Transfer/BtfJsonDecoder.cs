using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Btf;

namespace Holdfast;

/// <summary>JSON → bytes by BTF: what <see cref="BtfJsonEncoder"/> writes, and what people write like it. Fields that aren't named are zero.</summary>
internal sealed class BtfJsonDecoder(BtfGraph graph)
{
    private const int Deepest = 64;

    /// <summary>Decodes a value into bytes that are zero.</summary>
    /// <param name="typeId">Its type; 0 for none, then it is hex.</param>
    /// <param name="json">The value.</param>
    /// <param name="bytes">Receives it.</param>
    /// <param name="name">What it is called in errors.</param>
    /// <returns>What is wrong; null if nothing is.</returns>
    public string? TryDecode(uint typeId, JsonElement json, Span<byte> bytes, string name) => Read(typeId, json, bytes, name, 0, isWhole: true);

    /// <summary>Hex, with or without <c>hex:</c>, of exactly so many bytes.</summary>
    public static string? TryHex(JsonElement json, Span<byte> bytes, string name)
    {
        if (json.ValueKind != JsonValueKind.String)
            return $"{name} is to be hex in quotes";
        string text = json.GetString()!;
        ReadOnlySpan<char> digits = text.StartsWith("hex:", StringComparison.Ordinal) ? text.AsSpan(4) : text;
        return digits.Length != 2 * (long)bytes.Length ? $"{name} has {bytes.Length} bytes, and {digits.Length} hex digits are given"
            : Convert.FromHexString(digits, bytes, out _, out int written) == System.Buffers.OperationStatus.Done && written == bytes.Length ? null
            : $"{name} is no hex";
    }

    private string? Read(uint typeId, JsonElement json, Span<byte> bytes, string name, int depth, bool isWhole = false)
    {
        bool isHex = json.ValueKind == JsonValueKind.String && json.GetString()!.StartsWith("hex:", StringComparison.Ordinal);
        int size = typeId == 0 ? 0 : BtfBits.SizeOf(graph, typeId);
        if (isHex || typeId == 0)
            return TryHex(json, isWhole ? bytes : bytes[..Math.Min(size, bytes.Length)], name);
        if (size == 0 || size > bytes.Length || depth > Deepest)
            return $"{name}: values of its type are given as hex:…";
        bytes = bytes[..size];
        return graph.Resolve(typeId) switch
        {
            BtfInt { Size: <= 8 } type when type.IsRegular => ReadNumber(json, bytes, 0, size * 8, type.IsSigned, name),
            BtfEnumeration { Size: <= 8 } type => ReadEnumerator(type, json, bytes, 0, size * 8, name),
            BtfPointer => ReadNumber(json, bytes, 0, 64, signed: false, name),
            BtfFloat { Size: 4 or 8 } => ReadFloat(json, bytes, name),
            BtfComposite type => ReadComposite(type, json, bytes, name, depth),
            BtfArray type => ReadArray(type, json, bytes, name, depth),
            BtfDataSection type => ReadSection(type, json, bytes, name, depth),
            BtfVariable type => Read(type.TypeId, json, bytes, name, depth + 1),
            _ => $"{name}: values of its type are given as hex:…",
        };
    }

    private string? ReadComposite(BtfComposite type, JsonElement json, Span<byte> bytes, string name, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return $"{name} is a struct or union: give {{\"field\":…}}";
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (!TryField(type, property.Name, property.Value, bytes, name, depth, out string? flaw))
                return $"{name} has no field '{property.Name}'";
            if (flaw is not null)
                return flaw;
        }

        return null;
    }

    private bool TryField(BtfComposite type, string field, JsonElement json, Span<byte> bytes, string name, int depth, out string? flaw)
    {
        flaw = null;
        foreach (BtfMember member in type.Members)
        {
            Span<byte> rest = bytes[(int)Math.Min(member.ByteOffset, (uint)bytes.Length)..];
            if (member.Name == field)
            {
                flaw = member.IsBitfield ? ReadBitfield(member, json, bytes, $"{name}.{field}") : Read(member.TypeId, json, rest, $"{name}.{field}", depth + 1);
                return true;
            }

            if (member.Name.Length == 0 && !member.IsBitfield && depth < Deepest && graph.Resolve(member.TypeId) is BtfComposite inner && inner.Size <= rest.Length
                && TryField(inner, field, json, rest[..(int)inner.Size], name, depth + 1, out flaw))
                return true;
        }

        return false;
    }

    private string? ReadBitfield(BtfMember member, JsonElement json, Span<byte> bytes, string name)
    {
        if (member.BitfieldSize > 64 || member.BitOffset + member.BitfieldSize > (long)bytes.Length * 8)
            return json.ValueEquals("hex:") ? null : $"{name} lies past the end of its struct";
        BtfType type = graph.Resolve(member.TypeId);
        return type is BtfEnumeration enumeration
            ? ReadEnumerator(enumeration, json, bytes, (int)member.BitOffset, member.BitfieldSize, name)
            : ReadNumber(json, bytes, (int)member.BitOffset, member.BitfieldSize, type is BtfInt { IsSigned: true }, name);
    }

    private string? ReadSection(BtfDataSection type, JsonElement json, Span<byte> bytes, string name, int depth)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return $"{name} is a data section: give {{\"variable\":…}}";
        foreach (JsonProperty property in json.EnumerateObject())
        {
            BtfSectionVariable variable = type.Variables.FirstOrDefault(candidate => graph.NameOf(candidate.TypeId) == property.Name);
            if (variable.TypeId == 0)
                return $"{name} has no variable '{property.Name}'";
            if (Read(variable.TypeId, property.Value, bytes[(int)Math.Min(variable.Offset, (uint)bytes.Length)..], property.Name, depth + 1) is { } flaw)
                return flaw;
        }

        return null;
    }

    private string? ReadArray(BtfArray type, JsonElement json, Span<byte> bytes, string name, int depth)
    {
        if (json.ValueKind == JsonValueKind.String && BtfBits.IsCharacter(graph.Resolve(type.ElementTypeId)))
        {
            byte[] letters = Encoding.UTF8.GetBytes(json.GetString()!);
            if (letters.Length > bytes.Length)
                return $"{name} has room for {bytes.Length} bytes of text, and {letters.Length} are given";
            bytes.Clear();
            letters.CopyTo(bytes);
            return null;
        }

        int size = BtfBits.SizeOf(graph, type.ElementTypeId);
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > type.ElementCount)
            return $"{name} is an array of {type.ElementCount}: give [value, …]";
        int index = 0;
        foreach (JsonElement element in json.EnumerateArray())
        {
            if (Read(type.ElementTypeId, element, bytes.Slice(index * size, size), $"{name}[{index}]", depth + 1) is { } flaw)
                return flaw;
            index++;
        }

        return null;
    }

    private static string? ReadFloat(JsonElement json, Span<byte> bytes, string name)
    {
        if (json.ValueKind != JsonValueKind.Number || !json.TryGetDouble(out double value))
            return $"{name} is to be a number, or hex:…";
        if (bytes.Length == 8)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        else
            BinaryPrimitives.WriteSingleLittleEndian(bytes, json.GetSingle());
        return null;
    }

    private static string? ReadEnumerator(BtfEnumeration type, JsonElement json, Span<byte> bytes, int offset, int bits, string name)
    {
        foreach (BtfEnumValue known in type.Values)
        {
            if (json.ValueKind == JsonValueKind.String && json.ValueEquals(known.Name))
            {
                BtfBits.Write(bytes, offset, bits, (ulong)known.Value);
                return null;
            }
        }

        return ReadNumber(json, bytes, offset, bits, type.IsSigned, name);
    }

    /// <summary>A number, a number in quotes (decimal or 0x…), true or false; what doesn't fit is refused.</summary>
    private static string? ReadNumber(JsonElement json, Span<byte> bytes, int offset, int bits, bool signed, string name)
    {
        if (json.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            BtfBits.Write(bytes, offset, bits, json.ValueKind == JsonValueKind.True ? 1u : 0u);
            return null;
        }

        string text = json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText();
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!Int128.TryParse(isHex ? "0" + text[2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value))
            return $"{name}: {(text.Length > 40 ? text[..40] + "…" : text)} is no number";
        Int128 least = signed ? -(Int128.One << (bits - 1)) : 0, most = (Int128.One << (signed ? bits - 1 : bits)) - 1;
        if (value < least || value > most)
            return $"{name}: {text} does not fit into {bits} bits{(signed ? "" : " without a sign")}";
        BtfBits.Write(bytes, offset, bits, (ulong)(value & ulong.MaxValue));
        return null;
    }
}
