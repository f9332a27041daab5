using System.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Storage.Backup;

namespace Holdfast.Cli.Commands;

/// <summary><c>backup DEST</c></summary>
internal static class BackupCommand
{
    private static readonly Argument<string> Destination = new("DEST") { Description = "A directory that is empty or not there, outside of the store." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("backup", "Copy a store, while it is used, into a new one.") { Destination }.Does(Run);

    private static void Run(CommandContext context)
    {
        if (context.UsesKernel)
            throw new CliException("the kernel keeps its objects in memory, and tells programs only in part; export its maps with map export");
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = context.Store, CreateStore = false });
        BackupReport done = bpf.Store!.Backup(context.Get(Destination));
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["store"] = done.Path,
                ["id"] = done.StoreId.ToString(),
                ["maps"] = done.Maps,
                ["programs"] = done.Programs,
                ["entries"] = done.Entries,
                ["pins"] = done.Pins,
                ["left_out"] = done.LeftOut,
            });
            return;
        }

        CommandContext.WriteLine($"{done.Pins} pins, {done.Maps} maps with {done.Entries} entries, {done.Programs} programs copied; use them with --store {done.Path}");
        if (done.LeftOut > 0)
            CommandContext.WriteLine($"{done.LeftOut} files among the pins are no objects of this store, and are left out");
    }
}
