using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Objects;
using Holdfast.Verifier;

namespace Holdfast.Cli.Verifying;

/// <summary>What was found of one program of an object.</summary>
/// <param name="Program">The program.</param>
/// <param name="Accepted">Whether it would load.</param>
/// <param name="Reason">Why not, in one line.</param>
/// <param name="Report">The verifier's report; null if it never came to verification.</param>
/// <param name="Time">How long that took.</param>
internal sealed record ProgramVerdict(ProgramSpec Program, bool Accepted, string Reason, VerificationReport? Report, TimeSpan Time)
{
    /// <summary>Headers of the table.</summary>
    public static string[] Headers { get; } = ["program", "section", "type", "verdict", "processed", "time", "reason"];

    /// <summary>The source line of the instruction that was rejected, or nothing.</summary>
    public string Source => Report?.Source is { } source ? $"{source.File}:{source.Line}: {source.Text.Trim()}" : "";

    private string Verdict => Accepted ? "accepted" : "rejected";

    /// <summary>The verdict as a row.</summary>
    public string[] Row()
    {
        string place = Report is { InstructionIndex: >= 0 } report && !Accepted ? $"at {report.InstructionIndex}: " : "";
        string source = Source.Length > 0 && !Accepted ? $" ({Source})" : "";
        return
        [
            Program.Name, Program.SectionName, KernelNames.Of(Program.Type), Verdict, $"{Report?.ProcessedInstructions}",
            Units.Milliseconds(Time), Accepted ? "" : place + Reason + source,
        ];
    }

    /// <summary>The verdict as JSON.</summary>
    /// <param name="withLog">Whether the log is in it.</param>
    public JsonObject Json(bool withLog)
    {
        JsonObject json = new()
        {
            ["name"] = Program.Name,
            ["section"] = Program.SectionName,
            ["type"] = KernelNames.Of(Program.Type),
            ["verdict"] = Verdict,
            ["reason"] = Accepted ? null : Reason,
            ["instruction"] = Report is { InstructionIndex: >= 0 } report && !Accepted ? report.InstructionIndex : null,
            ["source"] = Accepted || Source.Length == 0 ? null : Source,
            ["processed"] = Report?.ProcessedInstructions ?? 0,
            ["micros"] = (long)Time.TotalMicroseconds,
        };
        if (withLog)
            json["log"] = Report?.Log ?? "";
        return json;
    }
}
