using System.Text.Json.Nodes;

namespace Holdfast.Cli.Formatting;

/// <summary>What became of maps that were taken over.</summary>
internal static class MigrationText
{
    /// <summary>As lines.</summary>
    public static IEnumerable<string> Lines(BpfUpgrade upgrade)
    {
        foreach (string name in upgrade.ReusedMaps)
            yield return $"map '{name}' is used on";
        foreach ((string name, BpfMigrationReport report) in upgrade.Migrations)
        {
            yield return $"map '{name}' has a new layout: {report.Copied} entries copied";
            foreach (string field in report.Dropped)
                yield return $"  dropped {field}";
            foreach (string field in report.Defaulted)
                yield return $"  zero {field}";
            foreach (string field in report.Converted)
                yield return $"  converted {field}";
            if (report.DroppedEntries > 0)
                yield return $"  dropped {report.DroppedEntries} entries beyond the new end";
        }
    }

    /// <summary>As JSON.</summary>
    public static JsonObject Json(string name, BpfMigrationReport report) => new()
    {
        ["map"] = name,
        ["copied"] = report.Copied,
        ["dropped"] = Texts(report.Dropped),
        ["defaulted"] = Texts(report.Defaulted),
        ["converted"] = Texts(report.Converted),
        ["dropped_entries"] = report.DroppedEntries,
    };

    private static JsonArray Texts(IReadOnlyList<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
