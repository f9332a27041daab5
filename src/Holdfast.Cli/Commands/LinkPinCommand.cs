using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>link pin LINK PATH</c></summary>
internal static class LinkPinCommand
{
    private static readonly Argument<string> Source = new("LINK") { Description = "A pin, or id:N." };
    private static readonly Argument<string> Path = PinArgument.Create("The new name.");

    /// <summary>The command.</summary>
    public static Command Create() => new Command("pin", "Give a link a name, so that it outlives the processes that hold it.") { Source, Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfLink link = PinArgument.OpenLink(bpf, context.Get(Source));
        link.Pin(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["pinned"] = bpf.ResolvePath(context.Get(Path)) });
    }
}
