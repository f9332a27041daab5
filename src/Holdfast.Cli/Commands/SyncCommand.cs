using System.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Cli.Commands;

/// <summary><c>sync</c></summary>
internal static class SyncCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("sync", "Wait until all that was done in a durable store is on its device.").Does(Run);

    private static int Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        if (bpf.Store is null)
            throw new CliException("the kernel keeps its objects in memory; only a store of the userspace engine can be durable");
        bpf.Store.Sync();
        bool durable = bpf.Store.Describe().Lifetime == StoreLifetime.Durable;
        if (context.Json)
            CommandContext.WriteJson(new() { ["store"] = bpf.Store.Path, ["durable"] = durable });
        else
            CommandContext.WriteLine(durable
                ? $"{bpf.Store.Path} is on its device"
                : $"{bpf.Store.Path} is in memory: a restart empties it, whatever is synced (a durable store: --store DIR on ext4, xfs or btrfs)");
        return CommandLine.Success;
    }
}
