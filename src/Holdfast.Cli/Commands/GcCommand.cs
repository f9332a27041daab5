using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Cli.Commands;

/// <summary><c>gc</c></summary>
internal static class GcCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new Command("gc", "Free what nothing refers to any more, cycles included.").Does(Run);

    private static int Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        if (bpf.Store is null)
            throw new CliException("the kernel frees objects itself; only a store of the userspace engine can be collected");
        CollectorStatistics done = bpf.Store.Collect();
        if (done.WhyNot is { } reason)
            throw new CliException($"nothing was freed: {reason}");
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["examined"] = done.Examined,
                ["freed"] = done.Freed,
                ["freed_in_cycles"] = done.FreedInCycles,
                ["stale_references"] = done.StaleReferences,
                ["unreadable"] = done.Unreadable,
                ["not_understood"] = done.NotUnderstood,
                ["was_busy"] = done.WasBusy,
                ["micros"] = (long)done.Duration.TotalMicroseconds,
            });
            return CommandLine.Success;
        }

        CommandContext.WriteLine(done.WasBusy
            ? "another collector is at work"
            : $"{done.Examined} objects looked at, {done.Freed} freed ({done.FreedInCycles} in cycles), {done.StaleReferences} stale references dropped, {Units.Milliseconds(done.Duration)}");
        if (done.Unreadable + done.NotUnderstood > 0)
            CommandContext.WriteLine($"{done.Unreadable} unreadable and {done.NotUnderstood} not understood: those count as live");
        return CommandLine.Success;
    }
}
