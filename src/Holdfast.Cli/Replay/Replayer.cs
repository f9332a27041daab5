using System.Collections.Concurrent;
using System.Text.Json;
using Holdfast.Cli.Replay.Records;

namespace Holdfast.Cli.Replay;

/// <summary>Replays recordings: one thread reads lines, each worker has an engine of its own and takes the next line.</summary>
internal sealed class Replayer(ReplaySettings settings)
{
    private const int LinesAhead = 32;
    private const int WorkerStack = 64 << 20;

    private readonly Dictionary<string, RecordingFolder> _folders = [];

    /// <summary>What came of it.</summary>
    public ReplaySummary Summary { get; } = new();

    /// <summary>Replays all files.</summary>
    /// <param name="cancellation">Stops between two programs.</param>
    public void Run(CancellationToken cancellation)
    {
        foreach (FileInfo file in settings.Files)
            Run(file, cancellation);
    }

    private void Run(FileInfo file, CancellationToken cancellation)
    {
        string path = file.DirectoryName!;
        if (!_folders.TryGetValue(path, out RecordingFolder? folder))
            _folders[path] = folder = new RecordingFolder(path);

        using BlockingCollection<string> lines = new(LinesAhead);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ConcurrentQueue<Exception> failures = new();
        Thread[] workers = new Thread[settings.Workers];
        for (int index = 0; index < workers.Length; index++)
        {
            workers[index] = new Thread(() => Guard(() => Work(folder, lines, stop.Token), failures, stop), WorkerStack) { Name = $"replay {index}" };
            workers[index].Start();
        }

        Guard(() => Read(file.FullName, lines, stop.Token), failures, stop);
        lines.CompleteAdding();
        foreach (Thread worker in workers)
            worker.Join();
        if (failures.TryDequeue(out Exception? failure))
            throw new InvalidDataException($"{file.Name}: {failure.Message}", failure);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>What stops one thread stops all, and comes out of <see cref="Run(CancellationToken)"/>.</summary>
    private static void Guard(Action action, ConcurrentQueue<Exception> failures, CancellationTokenSource stop)
    {
        try
        {
            action();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Another thread's failure, or the user: told once, by whoever asked to stop.
        }
        catch (Exception failure) when (failure is BpfException or IOException or JsonException or FormatException or InvalidDataException or UnauthorizedAccessException)
        {
            failures.Enqueue(failure);
            stop.Cancel();
        }
    }

    private void Read(string path, BlockingCollection<string> lines, CancellationToken stop)
    {
        int taken = 0;
        foreach (string line in RecordingFile.Lines(path))
        {
            if (taken == settings.Limit)
                break;
            // Ids stand near the start of a line; a line that can't match is not worth parsing.
            if (settings.Filter is { } filter && !line.Contains(filter, StringComparison.Ordinal))
                continue;
            lines.Add(line, stop);
            taken++;
        }
    }

    private void Work(RecordingFolder folder, BlockingCollection<string> lines, CancellationToken stop)
    {
        using ReplayEngine engine = ReplayEngine.Open(settings, folder);
        using ProgramReplay replay = new(engine.Engine, folder);
        foreach (string line in lines.GetConsumingEnumerable(stop))
        {
            RecordedProgram record = JsonSerializer.Deserialize(line, RecordContext.Default.RecordedProgram)!;
            if (record.Kind == "header" || (settings.Filter is { } filter && !record.Id.Contains(filter, StringComparison.Ordinal)))
                continue;
            if (record.Verdict is "accept" or "reject")
                Summary.Add(Replay(replay, record));
            else
                Summary.AddUnjudged();
        }
    }

    /// <summary>A bug of ours in one program is a result to be told, with all the others.</summary>
    private static ReplayResult Replay(ProgramReplay replay, RecordedProgram record)
    {
        try
        {
            return replay.Replay(record);
        }
        catch (Exception bug) when (bug is not (OutOfMemoryException or BpfException))
        {
            return new ReplayResult
            {
                Id = record.Id,
                Type = record.ProgType,
                Kernel = Verdict.Of(record).ToString(),
                Ours = "failure",
                Outcome = Outcome.WrongResult,
                Reason = $"{bug.GetType().Name}: {bug.Message} {bug.StackTrace?.Split('\n')[0].Trim()}",
                Runs = record.Runs.Length,
            };
        }
    }
}
