using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Btf;

namespace Holdfast;

/// <summary>
/// Bytes → JSON by BTF: fields by name, numbers that JSON's readers keep (above 2⁵³ as text), names of enumerators, text of characters.
/// Where the fields alone don't tell all bytes (padding, what a union's members leave out), <see cref="Encode"/> says so.
/// </summary>
internal sealed class BtfJsonEncoder(BtfGraph graph)
{
    /// <summary>Nodes of one value; a type can name the same bytes many times over. What is beyond is hex.</summary>
    private const int MostNodes = 1 << 18;

    private const int Deepest = 48;
    private const long LargestExact = 1L << 53;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly BtfJsonDecoder _decoder = new(graph);
    private byte[] _back = [];
    private int _nodes;

    /// <summary>How values are written.</summary>
    public static JsonWriterOptions Style { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes a value, as <c>hex:…</c> where there is no type.</summary>
    /// <param name="typeId">Its type; 0 for none.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="json">The value as JSON, until the next call.</param>
    /// <returns>Whether the JSON alone gives the same bytes back.</returns>
    public bool Encode(uint typeId, ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> json)
    {
        _nodes = 0;
        _buffer.ResetWrittenCount();
        using (Utf8JsonWriter writer = new(_buffer, Style))
            WriteWhole(writer, typeId, bytes);
        json = _buffer.WrittenSpan;
        if (_back.Length < bytes.Length)
            _back = new byte[bytes.Length];
        Span<byte> back = _back.AsSpan(0, bytes.Length);
        back.Clear();
        using JsonDocument document = JsonDocument.Parse(_buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 1000 });
        return _decoder.TryDecode(typeId, document.RootElement, back, "value") is null && back.SequenceEqual(bytes);
    }

    /// <summary>A type smaller than the value leaves bytes out: those are hex.</summary>
    private void WriteWhole(Utf8JsonWriter writer, uint typeId, ReadOnlySpan<byte> bytes)
    {
        if (typeId != 0 && BtfBits.SizeOf(graph, typeId) == bytes.Length)
            Write(writer, typeId, bytes, 0);
        else
            Hex(writer, bytes);
    }

    private void Write(Utf8JsonWriter writer, uint typeId, ReadOnlySpan<byte> bytes, int depth)
    {
        int size = BtfBits.SizeOf(graph, typeId);
        if (size == 0 || size > bytes.Length || ++_nodes > MostNodes || depth > Deepest)
        {
            Hex(writer, size == 0 ? [] : bytes[..Math.Min(size, bytes.Length)]);
            return;
        }

        bytes = bytes[..size];
        switch (graph.Resolve(typeId))
        {
            case BtfInt { Size: <= 8 } type when type.IsRegular:
                WriteInt(writer, type, bytes);
                break;
            case BtfEnumeration { Size: <= 8 } type:
                WriteEnumeration(writer, type, BtfBits.Read(bytes, 0, size * 8), size * 8);
                break;
            case BtfPointer:
                writer.WriteStringValue($"0x{BinaryPrimitives.ReadUInt64LittleEndian(bytes):x}");
                break;
            case BtfFloat { Size: 4 } when float.IsFinite(BinaryPrimitives.ReadSingleLittleEndian(bytes)):
                writer.WriteNumberValue(BinaryPrimitives.ReadSingleLittleEndian(bytes));
                break;
            case BtfFloat { Size: 8 } when double.IsFinite(BinaryPrimitives.ReadDoubleLittleEndian(bytes)):
                writer.WriteNumberValue(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
                break;
            case BtfComposite type:
                writer.WriteStartObject();
                WriteMembers(writer, type, bytes, depth);
                writer.WriteEndObject();
                break;
            case BtfArray type:
                WriteArray(writer, type, bytes, depth);
                break;
            case BtfDataSection type:
                WriteSection(writer, type, bytes, depth);
                break;
            case BtfVariable type:
                Write(writer, type.TypeId, bytes, depth + 1);
                break;
            default:
                Hex(writer, bytes);
                break;
        }
    }

    private static void Hex(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes) => writer.WriteStringValue("hex:" + Convert.ToHexStringLower(bytes));

    private static void WriteInt(Utf8JsonWriter writer, BtfInt type, ReadOnlySpan<byte> bytes)
    {
        ulong raw = BtfBits.Read(bytes, 0, bytes.Length * 8);
        if ((type.Encoding & BtfIntEncoding.Bool) != 0 && raw <= 1)
            writer.WriteBooleanValue(raw == 1);
        else
            WriteNumber(writer, raw, bytes.Length * 8, type.IsSigned);
    }

    private static void WriteNumber(Utf8JsonWriter writer, ulong raw, int bits, bool signed)
    {
        long value = signed ? BtfBits.SignExtend(raw, bits) : (long)raw;
        if (signed ? value is > -LargestExact and < LargestExact : raw < LargestExact)
            writer.WriteNumberValue(value);
        else
            writer.WriteStringValue(signed ? $"{value}" : $"{raw}");
    }

    private static void WriteEnumeration(Utf8JsonWriter writer, BtfEnumeration type, ulong raw, int bits)
    {
        long value = type.IsSigned ? BtfBits.SignExtend(raw, bits) : (long)raw;
        foreach (BtfEnumValue known in type.Values)
        {
            if (known.Value == value)
            {
                writer.WriteStringValue(known.Name);
                return;
            }
        }

        WriteNumber(writer, raw, bits, type.IsSigned);
    }

    /// <summary>Members of structs and unions without a name stand among those of what holds them, as in C.</summary>
    private void WriteMembers(Utf8JsonWriter writer, BtfComposite type, ReadOnlySpan<byte> bytes, int depth)
    {
        foreach (BtfMember member in type.Members)
        {
            ReadOnlySpan<byte> rest = bytes[(int)Math.Min(member.ByteOffset, (uint)bytes.Length)..];
            if (member.Name.Length == 0)
            {
                if (!member.IsBitfield && depth < Deepest && graph.Resolve(member.TypeId) is BtfComposite inner && inner.Size <= rest.Length && ++_nodes <= MostNodes)
                    WriteMembers(writer, inner, rest[..(int)inner.Size], depth + 1);
                continue;
            }

            writer.WritePropertyName(member.Name);
            if (member.IsBitfield)
                WriteBitfield(writer, member, bytes);
            else
                Write(writer, member.TypeId, rest, depth + 1);
        }
    }

    private void WriteBitfield(Utf8JsonWriter writer, BtfMember member, ReadOnlySpan<byte> bytes)
    {
        if (member.BitfieldSize > 64 || member.BitOffset + member.BitfieldSize > (long)bytes.Length * 8)
        {
            Hex(writer, []);
            return;
        }

        ulong raw = BtfBits.Read(bytes, (int)member.BitOffset, member.BitfieldSize);
        if (graph.Resolve(member.TypeId) is BtfEnumeration type)
            WriteEnumeration(writer, type, raw, member.BitfieldSize);
        else
            WriteNumber(writer, raw, member.BitfieldSize, graph.Resolve(member.TypeId) is BtfInt { IsSigned: true });
    }

    private void WriteArray(Utf8JsonWriter writer, BtfArray type, ReadOnlySpan<byte> bytes, int depth)
    {
        if (BtfBits.IsCharacter(graph.Resolve(type.ElementTypeId)) && TryText(bytes, out string text))
        {
            writer.WriteStringValue(text);
            return;
        }

        int size = BtfBits.SizeOf(graph, type.ElementTypeId);
        writer.WriteStartArray();
        for (int at = 0; at + size <= bytes.Length; at += size)
            Write(writer, type.ElementTypeId, bytes.Slice(at, size), depth + 1);
        writer.WriteEndArray();
    }

    private void WriteSection(Utf8JsonWriter writer, BtfDataSection type, ReadOnlySpan<byte> bytes, int depth)
    {
        writer.WriteStartObject();
        foreach (BtfSectionVariable variable in type.Variables)
        {
            writer.WritePropertyName(graph.NameOf(variable.TypeId));
            Write(writer, variable.TypeId, bytes[(int)Math.Min(variable.Offset, (uint)bytes.Length)..], depth + 1);
        }

        writer.WriteEndObject();
    }

    /// <summary>Printable text up to the first zero, with nothing but zeros behind, that isn't taken for hex.</summary>
    private static bool TryText(ReadOnlySpan<byte> bytes, out string text)
    {
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> letters = end < 0 ? bytes : bytes[..end];
        text = Encoding.UTF8.GetString(letters);
        return !bytes[letters.Length..].ContainsAnyExcept((byte)0)
            && !text.Any(letter => char.IsControl(letter) || letter == '\ufffd')
            && !text.StartsWith("hex:", StringComparison.Ordinal);
    }
}
