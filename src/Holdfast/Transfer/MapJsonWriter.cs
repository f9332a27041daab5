using System.Text.Json;
using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Writes a map's file as JSON, entry by entry.</summary>
internal static class MapJsonWriter
{
    /// <summary>What the member <c>format</c> says.</summary>
    public const string Format = "holdfast-map";

    private static readonly byte[] Comma = ",\n"u8.ToArray();

    public static long Write(BpfMap map, MapFileHeader header, Stream stream)
    {
        using Utf8JsonWriter writer = new(stream, BtfJsonEncoder.Style);
        WriteHeader(writer, header, stream);
        BtfJsonEncoder encoder = new(header.Btf ?? BtfGraph.Read(new BtfBuilder().ToArray()));
        long count = 0;
        MapFileContents.Read(map, (key, value) =>
        {
            // A line an entry. The writer knows of no items before this one, so that the comma is ours.
            stream.Write(count == 0 ? "\n"u8 : Comma);
            WriteEntry(writer, encoder, header, key, value);
            writer.Flush();
            writer.Reset();
            count++;
            return Errno.None;
        });
        stream.Write("\n]}\n"u8);
        return count;
    }

    private static void WriteHeader(Utf8JsonWriter writer, MapFileHeader header, Stream stream)
    {
        writer.WriteStartObject();
        writer.WriteString("format", Format);
        writer.WriteNumber("version", 1);
        writer.WriteStartObject("map");
        writer.WriteString("type", header.TypeName);
        writer.WriteString("name", header.Name);
        writer.WriteNumber("key_size", header.KeySize);
        writer.WriteNumber("value_size", header.ValueSize);
        writer.WriteNumber("max_entries", header.MaxEntries);
        writer.WriteNumber("flags", (uint)header.Flags);
        if (header.Extra != 0)
            writer.WriteString("map_extra", $"{header.Extra}");
        if (PerCpuValues.AreKeptBy(header.Type))
            writer.WriteNumber("cpus", header.Parts);
        if (header.Btf is not null)
        {
            writer.WriteNumber("btf_key_type_id", header.KeyTypeId);
            writer.WriteNumber("btf_value_type_id", header.ValueTypeId);
            writer.WriteBase64String("btf", header.Btf.RawBytes.Span);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("entries");
        writer.Flush();
        writer.Reset(stream);
    }

    private static void WriteEntry(Utf8JsonWriter writer, BtfJsonEncoder encoder, MapFileHeader header, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        writer.WriteStartObject();
        bool exact = true;
        if (!MapFileContents.AreOrdered(header.Type))
        {
            writer.WritePropertyName("key");
            exact = WriteValue(writer, encoder, header.KeyTypeId, key);
        }

        if (!exact)
            writer.WriteString("key_raw", Convert.ToHexStringLower(key));
        exact = true;
        if (PerCpuValues.AreKeptBy(header.Type))
        {
            writer.WriteStartArray("values");
            for (int part = 0; part < header.Parts; part++)
                exact &= WriteValue(writer, encoder, header.ValueTypeId, value.Slice(part * header.PartStride, header.ValueSize));
            writer.WriteEndArray();
        }
        else
        {
            writer.WritePropertyName("value");
            exact = WriteValue(writer, encoder, header.ValueTypeId, value);
        }

        if (!exact)
            writer.WriteString(PerCpuValues.AreKeptBy(header.Type) ? "values_raw" : "value_raw", Convert.ToHexStringLower(value));
        writer.WriteEndObject();
    }

    private static bool WriteValue(Utf8JsonWriter writer, BtfJsonEncoder encoder, uint type, ReadOnlySpan<byte> bytes)
    {
        bool exact = encoder.Encode(type, bytes, out ReadOnlySpan<byte> json);
        writer.WriteRawValue(json, skipInputValidation: true);
        return exact;
    }
}
