using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>umount DIR</c></summary>
internal static class UnmountCommand
{
    private static readonly Argument<string> Directory = new("DIR") { Description = "Where it is mounted." };

    private static readonly Option<bool> Lazy = new("--lazy") { Description = "Even while processes work in it." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("umount", "Unmount a file system of pins; its names go with it.") { Directory, Lazy }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        bpf.Unmount(context.Get(Directory), context.Get(Lazy));
        if (context.Json)
            CommandContext.WriteJson(new() { ["unmounted"] = Path.GetFullPath(context.Get(Directory)) });
    }
}
