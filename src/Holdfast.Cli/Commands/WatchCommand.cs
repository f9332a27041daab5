using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast.Cli.Commands;

/// <summary><c>watch [--exec CMD] [--for SECONDS] [--interval MILLISECONDS]</c></summary>
internal static class WatchCommand
{
    private static readonly Option<string?> Execute = new("--exec") { Description = "A shell command for each event, told by HOLDFAST_EVENT, HOLDFAST_OBJECT and HOLDFAST_PATH.", HelpName = "CMD" };
    private static readonly Option<double?> For = new("--for") { Description = "Stop after so long; else when interrupted.", HelpName = "SECONDS" };
    private static readonly Option<uint> Interval = new("--interval") { Description = "How often to look for what inotify does not tell: changes of maps and mounts, and the kernel's objects.", HelpName = "MILLISECONDS", DefaultValueFactory = _ => 100 };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("watch", "Print each object created, pinned, unpinned, changed or freed, and each mount, as it happens.") { Execute, For, Interval }.Does(Run);

    private static void Run(CommandContext context)
    {
        uint interval = context.Get(Interval);
        if (interval == 0 || context.Get(For) < 0)
            throw CliException.Usage("--interval takes at least 1 millisecond, --for no less than 0 seconds");
        using Bpf bpf = context.OpenBpf();
        using BpfWatcher watcher = bpf.Watch(TimeSpan.FromMilliseconds(interval));
        Console.Error.WriteLine($"holdfast: watching {string.Join(", ", bpf.Mounts.Select(mount => mount.Path))}{Limits(bpf, interval)}");
        long start = Stopwatch.GetTimestamp();
        while (watcher.TryTake(Remaining(start, context.Get(For)), out BpfEvent? happened))
        {
            Print(context, happened);
            if (context.Get(Execute) is { } command)
                Start(command, happened);
        }
    }

    private static string Limits(Bpf bpf, uint interval) => bpf.Store is null
        ? $" and the kernel's objects, every {interval} ms: one that comes and goes in between is not seen, and the kernel does not tell changes of a map's contents"
        : "";

    private static TimeSpan Remaining(long start, double? seconds)
    {
        if (seconds is not { } limit)
            return Timeout.InfiniteTimeSpan;
        TimeSpan left = TimeSpan.FromSeconds(Math.Clamp(limit, 0, 1e6)) - Stopwatch.GetElapsedTime(start);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static void Print(CommandContext context, BpfEvent happened)
    {
        if (context.Json)
            CommandContext.WriteJson(new JsonObject { ["event"] = Name(happened), ["object"] = Object(happened), ["path"] = happened.Path });
        else
            CommandContext.WriteLine(string.Join(' ', new[] { Name(happened), Object(happened), happened.Path }.Where(text => text.Length > 0)));
        Console.Out.Flush();
    }

    /// <summary>Events wait for the command, so that it sees them one by one and in their order.</summary>
    private static void Start(string command, BpfEvent happened)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", command]);
        start.Environment["HOLDFAST_EVENT"] = Name(happened);
        start.Environment["HOLDFAST_OBJECT"] = Object(happened);
        start.Environment["HOLDFAST_PATH"] = happened.Path;
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"holdfast: the command for '{Name(happened)} {happened.Path}' exited with {process.ExitCode}"));
    }

    private static string Name(BpfEvent happened) => happened.Type.ToString().ToLowerInvariant();

    private static string Object(BpfEvent happened) =>
        happened.Kind == ObjectKind.None ? "" : ObjectArgument.TextOf(new ObjectKey(happened.Kind, happened.Id));
}
