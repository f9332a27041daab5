using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog dump PATH</c></summary>
internal static class ProgDumpCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("dump", "Print a program's instructions with its source lines.") { Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfProgram program = PinArgument.OpenProgram(bpf, context.Get(Path));
        SourceListing listing = new(program.ReadInstructions(), program.ReadLines(), bpf.Engine.Name == "user" ? new MapIndexSymbols(program.ReadMapIds()) : null);
        if (context.Json)
            CommandContext.WriteJson(new() { ["program"] = ProgramDetails.Json(program), ["instructions"] = new JsonArray([.. listing.Json()]) });
        else
            Console.Out.Write(listing.Text());
    }
}
