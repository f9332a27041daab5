using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Doctor;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>doctor</c></summary>
internal static class DoctorCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("doctor", "Say what works on this machine, what doesn't, and why.").Does(Run);

    private static int Run(CommandContext context)
    {
        List<Finding> findings = [.. Examination.Run(context.Store)];
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["ok"] = findings.All(finding => finding.Verdict != Verdict.Fails),
                ["findings"] = new JsonArray([.. findings.Select(Json)]),
            });
        }
        else
        {
            Print(context, findings);
        }

        if (findings.FirstOrDefault(finding => finding.Verdict == Verdict.Fails) is { } failure)
            throw new CliException($"the userspace engine can't work here: {failure.What}: {failure.Text}");
        return CommandLine.Success;
    }

    private static JsonObject Json(Finding finding) => new()
    {
        ["name"] = finding.What,
        ["verdict"] = finding.Verdict.ToString().ToLowerInvariant(),
        ["text"] = finding.Text,
    };

    private static void Print(CommandContext context, List<Finding> findings)
    {
        Table table = Tables.Create("", "", "");
        table.HideHeaders();
        foreach (Finding finding in findings)
            table.Add(finding.Verdict switch { Verdict.Fine => "ok", Verdict.Missing => "--", _ => "FAIL" }, finding.What, finding.Text);
        context.Console.Write(table);
    }
}
