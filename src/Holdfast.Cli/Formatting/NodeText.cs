using System.Text.Json.Nodes;

namespace Holdfast.Cli.Formatting;

/// <summary>Values as one line for people.</summary>
internal static class NodeText
{
    /// <summary>Writes <c>{packets=1, bytes=60}</c>, <c>[1, 2]</c>, numbers and text as they are.</summary>
    public static string Format(JsonNode? node) => node switch
    {
        JsonObject fields => "{" + string.Join(", ", fields.Select(field => $"{field.Key}={Format(field.Value)}")) + "}",
        JsonArray elements => "[" + string.Join(", ", elements.Select(Format)) + "]",
        JsonValue value when value.TryGetValue(out string? text) => text,
        null => "null",
        _ => node.ToJsonString(),
    };

    /// <summary>Columns for a table: the fields of a struct, or one column for anything else.</summary>
    /// <param name="node">The value.</param>
    /// <param name="title">Name of the one column.</param>
    public static IEnumerable<(string Name, string Text)> Columns(JsonNode node, string title) =>
        node is JsonObject { Count: > 0 } fields ? fields.Select(field => (field.Key, Format(field.Value))) : [(title, Format(node))];
}
