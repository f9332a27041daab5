using System.CommandLine;
using System.Text.Json.Nodes;
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
                ["links"] = done.Links,
                ["entries"] = done.Entries,
                ["records"] = done.Records,
                ["pins"] = done.Pins,
                ["mounts"] = new JsonArray([.. done.Mounts.Select(mount => new JsonObject { ["path"] = mount.Path, ["copy"] = mount.Copy })]),
                ["left_out"] = done.LeftOut,
                ["unnamed"] = done.Unnamed,
            });
            return;
        }

        CommandContext.WriteLine($"{done.Pins} pins, {done.Maps} maps with {done.Entries} entries, {done.Programs} programs{Also(done)} copied; use them with --store {done.Path}");
        foreach (BackupMount mount in done.Mounts)
            CommandContext.WriteLine($"the pins mounted at {mount.Path} are in {mount.Copy}");
        if (done.LeftOut > 0)
            CommandContext.WriteLine($"{done.LeftOut} files among the pins are no objects of this store, and are left out");
        if (done.Unnamed > 0)
            CommandContext.WriteLine($"{done.Unnamed} objects have no name, only processes have them open: they are left out; pin them to have them in a backup");
    }

    private static string Also(BackupReport done) =>
        (done.Links > 0 ? $", {done.Links} links" : "") + (done.Records > 0 ? $", {done.Records} unread records" : "");
}
