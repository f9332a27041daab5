using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>link detach LINK</c></summary>
internal static class LinkDetachCommand
{
    private static readonly Argument<string> Source = new("LINK") { Description = "A pin, or id:N." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("detach", "Take a link's program off its target; the link itself stays.") { Source }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfLink link = PinArgument.OpenLink(bpf, context.Get(Source));
        link.Detach();
        if (context.Json)
            CommandContext.WriteJson(new() { ["detached"] = link.Id });
    }
}
