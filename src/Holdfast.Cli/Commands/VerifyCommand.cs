using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Verifying;
using Holdfast.Objects;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>verify FILE.o [--program NAME] [--log-level N] [--type T] [--btf FILE]</c></summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "An object file." };
    private static readonly Option<string?> Program = new("--program") { Description = "Only this program.", HelpName = "NAME" };
    private static readonly Option<uint> LogLevel = new("--log-level") { Description = "Log: 1 and 2 path and state, 4 statistics.", HelpName = "N" };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("verify", "Say which programs of an object are accepted, and why others aren't.") { Source, Program, LogLevel }.WithLoadOptions().Does(Run);

    private static int Run(CommandContext context)
    {
        uint level = context.Get(LogLevel);
        if (level > 7)
            throw CliException.Usage("--log-level is a sum of 1, 2 and 4");
        string path = context.Get(Source);
        BpfObjectSpec spec = ObjectInput.Only(LoadInput.WithType(context, ObjectInput.Load(path)), context.Get(Program), path);
        using Bpf bpf = context.OpenBpf(forVerdicts: true);
        List<ProgramVerdict> verdicts = [.. new ObjectVerifier(bpf, spec, LoadInput.LoadOptions(context), level).Verify()];
        if (verdicts.Count == 0)
            throw new CliException($"{path} has no programs");
        if (context.Json)
            CommandContext.WriteJson(new() { ["programs"] = new JsonArray([.. verdicts.Select(verdict => verdict.Json(level != 0))]) });
        else
            Print(context, verdicts, level);

        int rejected = verdicts.Count(verdict => !verdict.Accepted);
        return rejected == 0 ? CommandLine.Success : throw new CliException($"{rejected} of {verdicts.Count} programs rejected");
    }

    private static void Print(CommandContext context, List<ProgramVerdict> verdicts, uint level)
    {
        Table table = Tables.Create(ProgramVerdict.Headers);
        foreach (ProgramVerdict verdict in verdicts)
            table.Add(verdict.Row());
        context.Console.Write(table);
        foreach (ProgramVerdict verdict in verdicts.Where(_ => level != 0))
        {
            CommandContext.WriteLine($"-- log of {verdict.Program.Name}");
            Console.Out.WriteLine(verdict.Report?.Log.TrimEnd());
        }
    }
}
