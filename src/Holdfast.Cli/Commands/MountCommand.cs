using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>mount DIR [-o OPTIONS]</c></summary>
internal static class MountCommand
{
    private static readonly Argument<string> Directory = new("DIR") { Description = "The directory to mount over." };

    private static readonly Option<string> Options = new("-o")
    {
        Description = "uid=N, gid=N, mode=OCTAL, ro, rw, pin=root, delegate_…= (kernel); remount changes what is mounted.",
        HelpName = "OPTIONS",
        DefaultValueFactory = _ => "",
    };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("mount", "Mount a file system of pins, or change its options.") { Directory, Options }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        string directory = Path.GetFullPath(context.Get(Directory));
        string[] options = context.Get(Options)!.Split(',', StringSplitOptions.RemoveEmptyEntries);
        string others = string.Join(',', options.Where(option => option != "remount"));
        if (options.Contains("remount"))
            bpf.Remount(directory, others);
        else
            bpf.Mount(directory, others);
        string inForce = bpf.Mounts.Single(mount => mount.Path == directory).Options.ToString();
        if (context.Json)
            CommandContext.WriteJson(new() { ["mounted"] = directory, ["options"] = inForce });
        else
            CommandContext.WriteLine($"{directory}: {inForce}");
    }
}
