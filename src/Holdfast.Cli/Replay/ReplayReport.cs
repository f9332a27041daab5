using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;

namespace Holdfast.Cli.Replay;

/// <summary>Tells what came of a replay.</summary>
internal static class ReplayReport
{
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints tables.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="summary">What to print.</param>
    public static void Print(IAnsiConsole console, ReplaySummary summary)
    {
        Table table = new() { Border = TableBorder.Simple };
        string[] titles = ["program type", "total", "agreed", "too strict", "too lax", "wrong result", "not runnable", "runs", "runs agreed"];
        foreach (string title in titles)
            table.AddColumn(new TableColumn(title) { Alignment = title == titles[0] ? Justify.Left : Justify.Right, NoWrap = true });
        foreach ((string type, TypeCounts counts) in summary.ByType)
            table.AddRow(Row(type, counts));
        table.AddEmptyRow();
        table.AddRow(Row("all", summary.All));
        console.Write(table);
        if (summary.Unjudged > 0)
            console.WriteLine($"{summary.Unjudged} records are left out: the recording kernel did not judge them.");
        if (summary.All.Rejections > 0)
            console.WriteLine($"Of {summary.All.Rejections} programs that both reject, {summary.All.SameReasons} are rejected for the same class of reason.");
        if (summary.Hindrances.Count > 0)
            PrintHindrances(console, summary);
    }

    /// <summary>Writes the summary as JSON.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="summary">What to write.</param>
    public static void WriteJson(Stream output, ReplaySummary summary)
    {
        using (Utf8JsonWriter writer = new(output, OneLine))
            Write(writer, summary);
        output.WriteByte((byte)'\n');
    }

    /// <summary>Writes a line of JSON for each disagreement, then for each program that is rejected for another class of reason.</summary>
    /// <param name="path">The file.</param>
    /// <param name="summary">What to write.</param>
    public static void WriteDisagreements(string path, ReplaySummary summary)
    {
        using FileStream file = File.Create(path);
        foreach (ReplayResult result in summary.Disagreements.Concat(summary.OtherReasons))
        {
            using (Utf8JsonWriter writer = new(file, OneLine))
                Write(writer, result);
            file.WriteByte((byte)'\n');
        }
    }

    private static void PrintHindrances(IAnsiConsole console, ReplaySummary summary)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn("not runnable here because");
        table.AddColumn(new TableColumn("programs") { Alignment = Justify.Right, NoWrap = true });
        foreach ((string reason, int count) in summary.Hindrances.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal))
            table.AddRow(Markup.Escape(reason), $"{count}");
        console.Write(table);
    }

    private static string[] Row(string name, TypeCounts counts) =>
    [
        name,
        $"{counts.Total}",
        $"{counts[Outcome.Agreed]}",
        $"{counts[Outcome.TooStrict]}",
        $"{counts[Outcome.TooLax]}",
        $"{counts[Outcome.WrongResult]}",
        $"{counts[Outcome.NotRunnable]}",
        $"{counts.Runs}",
        $"{counts.RunsAgreed}",
    ];

    private static void Write(Utf8JsonWriter writer, ReplaySummary summary)
    {
        writer.WriteStartObject();
        writer.WriteNumber("version", 1);
        WriteCounts(writer, "summary", summary.All);
        writer.WriteStartObject("by_type");
        foreach ((string type, TypeCounts counts) in summary.ByType)
            WriteCounts(writer, type, counts);
        writer.WriteEndObject();
        writer.WriteStartArray("disagreements");
        foreach (ReplayResult result in summary.Disagreements)
            Write(writer, result);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter writer, string name, TypeCounts counts)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("total", counts.Total);
        writer.WriteNumber("agreed", counts[Outcome.Agreed]);
        writer.WriteNumber("too_strict", counts[Outcome.TooStrict]);
        writer.WriteNumber("too_lax", counts[Outcome.TooLax]);
        writer.WriteNumber("wrong_result", counts[Outcome.WrongResult]);
        writer.WriteNumber("not_runnable", counts[Outcome.NotRunnable]);
        writer.WriteNumber("runs", counts.Runs);
        writer.WriteNumber("runs_agreed", counts.RunsAgreed);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ReplayResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("id", result.Id);
        writer.WriteString("type", result.Type);
        writer.WriteString("kernel", result.Kernel);
        writer.WriteString("ours", result.Ours);
        writer.WriteString("reason", result.Reason);
        writer.WriteEndObject();
    }
}
