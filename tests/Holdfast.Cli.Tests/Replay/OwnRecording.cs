using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Cli.Replay;

namespace Holdfast.Cli.Tests.Replay;

/// <summary>The recording beside these tests: programs of ours and what a kernel said of them (<c>record.py</c> makes it).</summary>
internal static class OwnRecording
{
    /// <summary>The recording.</summary>
    public static FileInfo File { get; } = new(Path.Combine(Folder(), "recordings", "own.jsonl"));

    /// <summary>Replays it.</summary>
    public static ReplaySummary Replay(bool interpreter = false, bool kernel = false, string? filter = null) =>
        Replay(File, interpreter, kernel, filter);

    /// <summary>Replays another recording.</summary>
    public static ReplaySummary Replay(FileInfo file, bool interpreter = false, bool kernel = false, string? filter = null)
    {
        Replayer replayer = new(new ReplaySettings { Files = [file], UseInterpreter = interpreter, UseKernel = kernel, Filter = filter });
        replayer.Run(CancellationToken.None);
        return replayer.Summary;
    }

    /// <summary>What differs, one line each.</summary>
    public static string Differences(ReplaySummary summary) =>
        string.Join('\n', summary.Disagreements.Select(result => $"{result.Id}: {result.Outcome}, kernel {result.Kernel}, ours {result.Ours}: {result.Reason}"));

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path) ?? throw new UnreachableException();
}
