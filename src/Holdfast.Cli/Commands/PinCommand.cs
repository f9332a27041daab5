using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>pin OBJECT PATH</c></summary>
internal static class PinCommand
{
    private static readonly Argument<string> Source = ObjectArgument.Create();
    private static readonly Argument<string> Path = PinArgument.Create("The new name.");
    private static readonly Option<bool> Replace = new("--replace") { Description = "Take the name over from the object that has it now, in one step." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("pin", "Give a live object one more name.") { Source, Path, Replace }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfHandle handle = ObjectArgument.Open(bpf, context.Get(Source));
        if (context.Get(Replace))
            handle.Replace(context.Get(Path));
        else
            handle.Pin(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["pinned"] = bpf.ResolvePath(context.Get(Path)) });
    }
}
