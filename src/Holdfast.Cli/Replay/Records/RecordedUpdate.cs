using System.Text.Json;

namespace Holdfast.Cli.Replay.Records;

/// <summary>An element of a map before the first run.</summary>
internal sealed record RecordedUpdate
{
    /// <summary>Key in hex.</summary>
    public string Key { get; set; } = "";

    /// <summary>Value in hex, or what a map of maps or a program array holds.</summary>
    public JsonElement Value { get; set; }

    /// <summary>Update flags.</summary>
    public ulong Flags { get; set; }

    /// <summary>What a map of maps or a program array holds; null where the value is bytes.</summary>
    public RecordedMember? Member => Value.ValueKind == JsonValueKind.Object ? Value.Deserialize(RecordContext.Default.RecordedMember) : null;
}
