using System.IO.Compression;

namespace Holdfast.Cli.Replay.Records;

/// <summary>A recording, plain or compressed.</summary>
internal static class RecordingFile
{
    /// <summary>Reads the lines one by one.</summary>
    /// <param name="path">A file that ends in <c>.jsonl</c> or <c>.jsonl.gz</c>.</param>
    /// <returns>The lines that aren't empty.</returns>
    public static IEnumerable<string> Lines(string path)
    {
        using FileStream file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader reader = new(content);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }
}
