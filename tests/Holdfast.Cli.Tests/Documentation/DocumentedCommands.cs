using System.Text.RegularExpressions;

namespace Holdfast.Cli.Tests.Documentation;

/// <summary>The command lines that a document shows, in their order.</summary>
internal static partial class DocumentedCommands
{
    /// <summary>
    /// Lines of <c>sh</c> blocks that begin with <c>holdfast</c>, and in tables with a column of examples what stands between
    /// backticks in a row's last cell.
    /// </summary>
    public static IEnumerable<string> In(string document)
    {
        bool shell = false;
        foreach (string line in File.ReadLines(Path.Combine(TemporaryStore.Root, document)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
                shell = line == "```sh";
            else if (shell && line.StartsWith("holdfast ", StringComparison.Ordinal))
                yield return line;
            else if (Row().Match(line) is { Success: true } row && row.Groups[1].Value.Contains("holdfast ", StringComparison.Ordinal))
                yield return row.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^\|.*\| `([^`]*)` \|$")]
    private static partial Regex Row();
}
