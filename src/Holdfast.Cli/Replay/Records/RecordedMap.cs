using System.Text.Json.Serialization;

namespace Holdfast.Cli.Replay.Records;

/// <summary>A map of a recorded program.</summary>
internal sealed record RecordedMap
{
    /// <summary>Map type by number.</summary>
    public uint Type { get; set; }

    /// <summary>Key size in bytes.</summary>
    public uint KeySize { get; set; }

    /// <summary>Value size in bytes.</summary>
    public uint ValueSize { get; set; }

    /// <summary>Capacity.</summary>
    public uint MaxEntries { get; set; }

    /// <summary>Creation flags.</summary>
    public uint Flags { get; set; }

    /// <summary>Name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Index of the map that is the template of a map of maps.</summary>
    public int? Inner { get; set; }

    /// <summary><c>map_extra</c>.</summary>
    public ulong MapExtra { get; set; }

    /// <summary>BTF by hash.</summary>
    public string? Btf { get; set; }

    /// <summary>BTF id of the key's type.</summary>
    [JsonPropertyName("btf_key")]
    public uint KeyTypeId { get; set; }

    /// <summary>BTF id of the value's type.</summary>
    [JsonPropertyName("btf_value")]
    public uint ValueTypeId { get; set; }

    /// <summary>Whether user space froze it.</summary>
    public bool Frozen { get; set; }

    /// <summary>Contents before the first run.</summary>
    public RecordedUpdate[] Updates { get; set; } = [];
}
