using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>link update LINK PROG [--expect PROG]</c></summary>
internal static class LinkUpdateCommand
{
    private static readonly Argument<string> Source = new("LINK") { Description = "A pin, or id:N." };
    private static readonly Argument<string> Program = new("PROG") { Description = "The new program: a pin, or id:N." };
    private static readonly Option<string?> Expected = new("--expect") { Description = "The program that must be there now.", HelpName = "PROG" };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("update", "Put another program into a link, in one step.") { Source, Program, Expected }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfLink link = PinArgument.OpenLink(bpf, context.Get(Source));
        using BpfProgram program = PinArgument.OpenProgram(bpf, context.Get(Program));
        using BpfProgram? expected = context.Get(Expected) is { } path ? PinArgument.OpenProgram(bpf, path) : null;
        link.Update(program, expected);
        if (context.Json)
            CommandContext.WriteJson(new() { ["updated"] = link.Id, ["prog_id"] = program.Id });
    }
}
