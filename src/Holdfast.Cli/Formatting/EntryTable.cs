using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli.Formatting;

/// <summary>A map's entries as a table: a column for each field of key and value.</summary>
internal static class EntryTable
{
    /// <summary>The table of at least one entry.</summary>
    public static Table Create(IReadOnlyList<(JsonNode Key, JsonNode Value)> rows)
    {
        Table table = Tables.Create(Cells(rows[0]).Select(cell => cell.Name));
        foreach ((JsonNode, JsonNode) row in rows)
            table.Add(Cells(row).Select(cell => cell.Text));
        return table;
    }

    private static IEnumerable<(string Name, string Text)> Cells((JsonNode Key, JsonNode Value) row) =>
        NodeText.Columns(row.Key, "key").Concat(NodeText.Columns(row.Value, "value"));
}
