using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>unpin PATH</c></summary>
internal static class UnpinCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();

    /// <summary>The command.</summary>
    public static Command Create() => new Command("unpin", "Remove a name; the object goes with its last reference.") { Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        bpf.Unpin(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["unpinned"] = bpf.ResolvePath(context.Get(Path)) });
    }
}
