using Spectre.Console;

namespace Holdfast.Cli.Formatting;

/// <summary>The look of every table.</summary>
internal static class Tables
{
    /// <summary>A table with headers.</summary>
    public static Table Create(params IEnumerable<string> headers)
    {
        Table table = new() { Border = TableBorder.Simple, ShowRowSeparators = false };
        foreach (string header in headers)
            table.AddColumn(new TableColumn(new Text(header)));
        return table;
    }

    /// <summary>Adds a row of plain text.</summary>
    public static void Add(this Table table, params IEnumerable<string> cells) => table.AddRow(cells.Select(cell => new Text(cell)));
}
