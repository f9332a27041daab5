using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Replay;

/// <summary><c>holdfast replay</c>: what a recorded kernel said of programs, against what we say.</summary>
internal static class ReplayCommand
{
    /// <summary>Makes the command. It stops between two programs when it is interrupted, and takes its stores away.</summary>
    /// <returns>The command.</returns>
    public static Command Create()
    {
        Argument<FileInfo[]> files = new("FILE") { Description = "Recordings: .jsonl or .jsonl.gz", Arity = ArgumentArity.OneOrMore };
        files.AcceptExistingOnly();
        Option<FileInfo?> disagreements = new("--disagreements") { Description = "Write what differs to a file, one JSON object a line", HelpName = "FILE" };
        Option<string?> filter = new("--filter") { Description = "Only programs whose id contains this", HelpName = "SUBSTRING" };
        Option<int?> limit = new("--limit") { Description = "At most so many records of each file", HelpName = "N" };
        Option<bool> interpreter = new("--interpreter") { Description = "Run by the interpreter" };
        Option<int?> workers = new("--workers") { Description = "Threads", HelpName = "N" };
        Command command = new("replay", "Load recorded programs again and compare with what a kernel said of them.");
        command.Add(files);
        command.Add(disagreements);
        command.Add(filter);
        command.Add(limit);
        command.Add(interpreter);
        command.Add(workers);
        command.SetAction((result, cancellation) => Task.Run(() =>
        {
            CommandContext context = new(result);
            ReplaySettings settings = new()
            {
                Files = result.GetRequiredValue(files),
                UseKernel = context.UsesKernel,
                UseInterpreter = result.GetValue(interpreter),
                Filter = result.GetValue(filter),
                Limit = result.GetValue(limit) ?? int.MaxValue,
            };
            if (result.GetValue(workers) is { } threads)
                settings = settings with { Workers = Math.Max(1, threads) };
            return Run(settings, result.GetValue(disagreements), context, cancellation);
        }));
        return command;
    }

    private static int Run(ReplaySettings settings, FileInfo? disagreements, CommandContext context, CancellationToken cancellation)
    {
        Replayer replayer = new(settings);
        try
        {
            replayer.Run(cancellation);
            if (disagreements is not null)
                ReplayReport.WriteDisagreements(disagreements.FullName, replayer.Summary);
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"holdfast: replay: {CommandLine.OneLine(failure.Message)}");
            return CommandLine.Failed;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("holdfast: replay: stopped");
            return CommandLine.Failed;
        }

        if (context.Json)
        {
            using Stream output = Console.OpenStandardOutput();
            ReplayReport.WriteJson(output, replayer.Summary);
        }
        else
        {
            ReplayReport.Print(context.Console, replayer.Summary);
        }

        return CommandLine.Success;
    }
}
