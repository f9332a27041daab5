using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Btf;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Formatting;

/// <summary>How one map's keys and values are read and written: by BTF where the map has it, else as hex.</summary>
internal sealed class MapFormat
{
    private readonly BtfGraph? _btf;
    private readonly BpfMap _map;
    private readonly uint _keyType;
    private readonly uint _valueType;

    /// <summary>Looks up the map's types.</summary>
    public MapFormat(BpfMap map)
    {
        _map = map;
        _btf = map.ReadBtf();
        _keyType = Usable(map.Info.BtfKeyTypeId);
        _valueType = Usable(map.Info.BtfValueTypeId);
    }

    /// <summary>Whether keys, or values, have field names and numbers.</summary>
    public bool IsTyped => _keyType != 0 || _valueType != 0;

    /// <summary>A key for people and JSON.</summary>
    public JsonNode Key(ReadOnlySpan<byte> key) => Read(_keyType, key);

    /// <summary>A value; of per-CPU maps one for each execution slot.</summary>
    public JsonNode Value(ReadOnlySpan<byte> value)
    {
        if (_map.ValueBufferSize == _map.ValueSize)
            return Read(_valueType, value);
        JsonArray slots = [];
        int stride = (_map.ValueSize + 7) & ~7;
        for (int at = 0; at + stride <= value.Length; at += stride)
            slots.Add(Read(_valueType, value.Slice(at, _map.ValueSize)));
        return slots;
    }

    /// <summary>Reads a key that a user typed.</summary>
    public byte[] ParseKey(string text) => Parse(_keyType, text, _map.KeySize, "key");

    /// <summary>Reads a value that a user typed; per-CPU maps get it in every slot.</summary>
    public byte[] ParseValue(string text)
    {
        byte[] value = Parse(_valueType, text, _map.ValueSize, "value");
        if (_map.ValueBufferSize == _map.ValueSize)
            return value;
        byte[] slots = new byte[_map.ValueBufferSize];
        for (int at = 0; at < slots.Length; at += (_map.ValueSize + 7) & ~7)
            value.CopyTo(slots.AsSpan(at));
        return slots;
    }

    private JsonNode Read(uint type, ReadOnlySpan<byte> bytes) =>
        _btf is not null && type != 0 ? new BtfValueReader(_btf).Read(type, bytes) : JsonValue.Create(Convert.ToHexStringLower(bytes));

    private byte[] Parse(uint type, string text, int size, string name)
    {
        if (_btf is null || type == 0)
            return RawBytes.Parse(text, size, name);
        byte[] bytes = new byte[size];
        new BtfValueWriter(_btf).Write(type, ParseNode(text, name), bytes, name);
        return bytes;
    }

    private static JsonNode? ParseNode(string text, string name)
    {
        string trimmed = text.Trim();
        if (trimmed.StartsWith('{') || trimmed.StartsWith('[') || trimmed.StartsWith('"'))
        {
            try
            {
                return JsonNode.Parse(trimmed);
            }
            catch (JsonException failure)
            {
                throw new CliException($"{name} is no JSON: {failure.Message}");
            }
        }

        return trimmed.Contains('=', StringComparison.Ordinal) ? Assignments(trimmed, name) : JsonValue.Create(trimmed);
    }

    /// <summary><c>packets=1,bytes=60</c>; nested values need JSON.</summary>
    private static JsonObject Assignments(string text, string name)
    {
        JsonObject fields = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = part.Split('=', 2);
            if (sides.Length != 2)
                throw new CliException($"{name}: '{part}' is no field=value");
            fields[sides[0].Trim()] = sides[1].Trim();
        }

        return fields;
    }

    /// <summary>The kernel takes a map's type ids on trust of its own check; here a damaged pair just means hex.</summary>
    private uint Usable(uint type) => _btf is not null && _btf.TryGetType(type, out _) ? type : 0;
}
