using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Demo;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Packets;
using Holdfast.Objects;
using Spectre.Console;

namespace Holdfast.Cli.Comparing;

/// <summary><c>compare FILE.o… [--program NAME] [--pcap FILE]</c></summary>
internal static class CompareCommand
{
    private const int MostPackets = 64;

    private static readonly Argument<string[]> Sources = new("FILE") { Description = "Object files.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> Program = new("--program") { Description = "Only this program.", HelpName = "NAME" };
    private static readonly Option<string?> Capture = new("--pcap")
    {
        Description = $"Packets to run programs on; by default the first {MostPackets} of the capture that comes with this command.",
        HelpName = "FILE",
    };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("compare", "Verify and run programs on both engines, and say where they differ.") { Sources, Program, Capture }.Does(Run);

    private static int Run(CommandContext context)
    {
        List<ReadOnlyMemory<byte>> packets = context.Get(Capture) is { } capture
            ? PcapFile.Read(capture)
            : [.. PcapFile.Read(SampleFiles.Capture).Take(MostPackets)];
        using Bpf kernel = Bpf.OpenKernel();
        using Bpf user = Bpf.Open(new BpfOptions { Store = context.Store });
        List<(string File, Comparison Result)> results = [];
        List<string> unreadable = [];
        foreach (string path in context.Get(Sources))
        {
            try
            {
                BpfObjectSpec spec = ObjectInput.Only(ObjectInput.Load(path), context.Get(Program), path);
                ProgramComparer comparer = new(kernel, user, spec, packets);
                results.AddRange(spec.Programs.Where(program => program.Autoload).Select(program => (path, comparer.Compare(program))));
            }
            catch (CliException failure) when (failure.ExitCode == CommandLine.Failed)
            {
                // The other files are compared all the same.
                unreadable.Add(failure.Message);
            }
        }

        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["programs"] = new JsonArray([.. results.Select(result => result.Result.Json(result.File))]),
                ["unreadable"] = new JsonArray([.. unreadable.Select(message => (JsonNode)message)]),
            });
        }
        else
        {
            unreadable.ForEach(CommandContext.WriteLine);
            Print(context, results);
        }

        int different = results.Count(result => result.Result.Differences.Count > 0);
        if (different > 0)
            throw new CliException($"{different} of {results.Count} programs differ between the engines");
        return results.Count > 0 ? CommandLine.Success : throw new CliException("no program was compared");
    }

    private static void Print(CommandContext context, List<(string File, Comparison Result)> results)
    {
        Table table = Tables.Create("file", "program", "kernel", "user", "runs", "differences");
        foreach ((string file, Comparison result) in results)
            table.Add(Path.GetFileName(file), result.Program, result.Kernel.Verdict, result.User.Verdict, $"{result.Runs}", $"{result.Differences.Count}");
        context.Console.Write(table);
        foreach ((_, Comparison result) in results)
        {
            if (result.Note.Length > 0)
                CommandContext.WriteLine($"{result.Program}: {result.Note}");
            foreach (Difference difference in result.Differences)
                CommandContext.WriteLine($"{result.Program}: {difference}");
        }

        CommandContext.WriteLine(
            $"{results.Count} programs, {results.Count(result => result.Result.WasCompared)} compared, {results.Sum(result => result.Result.Runs)} runs, "
            + $"{results.Sum(result => result.Result.Differences.Count)} differences");
    }
}
