using System.Text.Json;
using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Reads a map's file as JSON, entry by entry.</summary>
internal sealed class MapJsonReader : IMapFileReader
{
    private readonly JsonStream _json;
    private readonly BtfJsonDecoder _decoder;
    private readonly byte[] _key;
    private readonly byte[] _value;
    private long _number;

    public MapJsonReader(Stream stream)
    {
        _json = new JsonStream(stream);
        Header = ReadHeader();
        if (Header.FindFlaw() is { } flaw)
            throw MapFileError.At("map", $"the file's map has {flaw}");
        _decoder = new BtfJsonDecoder(Header.Btf ?? BtfGraph.Read(new BtfBuilder().ToArray()));
        _key = new byte[Header.KeySize];
        _value = new byte[Header.ValueBytes];
    }

    public MapFileHeader Header { get; }

    public string Place { get; private set; } = "";

    public bool TryRead(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        long position = _json.Position;
        using JsonDocument? document = _json.ReadValue();
        if (document is null)
        {
            ReadEnd();
            return false;
        }

        Place = $"entry {++_number}, near byte {position}";
        _key.AsSpan().Clear();
        _value.AsSpan().Clear();
        string? flaw;
        try
        {
            flaw = document.RootElement.ValueKind == JsonValueKind.Object ? ReadEntry(document.RootElement) : "an entry is {\"key\":…, \"value\":…}";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, which JSON allows and text doesn't.
            flaw = "a text is no Unicode";
        }

        if (flaw is not null)
            throw MapFileError.At(Place, flaw);
        key = _key;
        value = _value;
        return true;
    }

    private string? ReadEntry(JsonElement entry)
    {
        bool isPerCpu = PerCpuValues.AreKeptBy(Header.Type);
        string? flaw = MapFileContents.AreOrdered(Header.Type) ? null
            : entry.TryGetProperty("key_raw", out JsonElement rawKey) ? BtfJsonDecoder.TryHex(rawKey, _key, "key_raw")
            : entry.TryGetProperty("key", out JsonElement key) ? _decoder.TryDecode(Header.KeyTypeId, key, _key, "key")
            : "it has no key";
        if (flaw is not null)
            return flaw;
        string name = isPerCpu ? "values" : "value";
        if (entry.TryGetProperty(name + "_raw", out JsonElement raw))
            return BtfJsonDecoder.TryHex(raw, _value, name + "_raw");
        if (!entry.TryGetProperty(name, out JsonElement value))
            return $"it has no {name}";
        return isPerCpu ? ReadParts(value) : _decoder.TryDecode(Header.ValueTypeId, value, _value, "value");
    }

    private string? ReadParts(JsonElement values)
    {
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() > Header.Parts)
            return $"values is an array of {Header.Parts}, one for each CPU";
        int part = 0;
        foreach (JsonElement value in values.EnumerateArray())
        {
            if (_decoder.TryDecode(Header.ValueTypeId, value, _value.AsSpan(part * Header.PartStride, Header.ValueSize), $"values[{part}]") is { } flaw)
                return flaw;
            part++;
        }

        return null;
    }

    /// <summary>Up to the first entry. What isn't known is passed over; the map comes before its entries.</summary>
    private MapFileHeader ReadHeader()
    {
        if (!_json.TryRead(out JsonTokenType token, out _) || token != JsonTokenType.StartObject)
            throw MapFileError.At("byte 0", "it is no map file: it begins with no {");
        bool isOurs = false;
        MapFileHeader? header = null;
        while (_json.TryRead(out token, out string name) && token == JsonTokenType.PropertyName)
        {
            if (name == "entries")
            {
                if (!isOurs || header is null)
                    throw MapFileError.At($"byte {_json.Position}", $"\"format\":\"{MapJsonWriter.Format}\" and \"map\" must come before the entries");
                return _json.TryRead(out token, out _) && token == JsonTokenType.StartArray ? header : throw MapFileError.At($"byte {_json.Position}", "entries is an array");
            }

            using JsonDocument document = _json.ReadValue() ?? throw MapFileError.At($"byte {_json.Position}", $"{name} has no value");
            JsonElement value = document.RootElement;
            if (name == "format")
                isOurs = value.ValueKind == JsonValueKind.String && value.ValueEquals(MapJsonWriter.Format);
            else if (name == "version" && (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out long version) || version != 1))
                throw new BpfException(Errno.EOPNOTSUPP, $"version: a newer version of Holdfast wrote the file; import it with that version [{Errno.EOPNOTSUPP}]");
            else if (name == "map")
                header = ReadMap(value);
        }

        throw MapFileError.At($"byte {_json.Position}", "it is no map file: it has no entries");
    }

    private static MapFileHeader ReadMap(JsonElement map)
    {
        if (map.ValueKind != JsonValueKind.Object)
            throw MapFileError.At("map", "it is to be {\"type\":…}");
        string type = map.TryGetProperty("type", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        bool isTyped = map.TryGetProperty("btf", out JsonElement blob);
        return new MapFileHeader
        {
            Type = MapFileHeader.ParseType(type) ?? throw MapFileError.At("map.type", $"'{type}' is no type of map that has files"),
            Name = map.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "",
            KeySize = (int)Number(map, "key_size", int.MaxValue),
            ValueSize = (int)Number(map, "value_size", int.MaxValue),
            MaxEntries = (uint)Number(map, "max_entries", uint.MaxValue),
            Flags = (MapFlags)Number(map, "flags", uint.MaxValue, 0),
            Extra = Number(map, "map_extra", ulong.MaxValue, 0),
            Parts = (int)Number(map, "cpus", int.MaxValue, 1),
            Btf = isTyped ? ReadBtf(blob) : null,
            KeyTypeId = isTyped ? (uint)Number(map, "btf_key_type_id", uint.MaxValue, 0) : 0,
            ValueTypeId = isTyped ? (uint)Number(map, "btf_value_type_id", uint.MaxValue) : 0,
        };
    }

    private static BtfGraph ReadBtf(JsonElement blob) =>
        blob.ValueKind == JsonValueKind.String && blob.TryGetBytesFromBase64(out byte[]? bytes) && BtfGraph.TryRead(bytes, null, out BtfGraph? graph, out _)
            ? graph
            : throw MapFileError.At("map.btf", "it is no BTF in base64");

    private static ulong Number(JsonElement map, string name, ulong most, ulong? missing = null)
    {
        if (!map.TryGetProperty(name, out JsonElement value))
            return missing ?? throw MapFileError.At($"map.{name}", "it is missing");
        bool isNumber = value.ValueKind == JsonValueKind.Number ? value.TryGetUInt64(out ulong number)
            : ulong.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : "", out number);
        return isNumber && number <= most ? number : throw MapFileError.At($"map.{name}", $"it is no number up to {most}");
    }

    /// <summary>Nothing but what isn't known may follow the entries, and the file must be whole.</summary>
    private void ReadEnd()
    {
        int depth = 1;
        while (depth > 0)
        {
            if (!_json.TryRead(out JsonTokenType token, out _))
                throw MapFileError.At($"byte {_json.Position}", "the file ends in the middle");
            depth += token is JsonTokenType.StartArray or JsonTokenType.StartObject ? 1 : token is JsonTokenType.EndArray or JsonTokenType.EndObject ? -1 : 0;
        }

        if (_json.TryRead(out _, out _))
            throw MapFileError.At($"byte {_json.Position}", "something follows the end");
    }
}
