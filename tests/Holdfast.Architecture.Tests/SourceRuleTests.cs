using System.Text.RegularExpressions;

namespace Holdfast.Architecture.Tests;

/// <summary>Rules of the house that a reader can check line by line.</summary>
public sealed partial class SourceRuleTests
{
    /// <summary>Where <c>unsafe</c> may stand: shared memory, execution, the layout of bpf(2) attributes, interop.</summary>
    private static readonly string[] UnsafeRooms =
    [
        "src/Holdfast.Isa/Abi/",
        "src/Holdfast.Storage/",
        "src/Holdfast.Execution/",
        "src/Holdfast.Userspace/",
        "src/Holdfast.Kernel/",
    ];

    [Fact]
    public void UnsafeStaysInItsRooms()
    {
        foreach (string path in Repository.Sources("src"))
        {
            string relative = Repository.Relative(path);
            if (UnsafeRooms.Any(room => relative.StartsWith(room, StringComparison.Ordinal)))
                continue;
            Assert.False(UnsafeKeyword().IsMatch(File.ReadAllText(path)), $"{relative} is unsafe.");
        }
    }

    [Fact]
    public void NothingIsLeftForLater()
    {
        foreach (string path in Repository.Sources("src"))
            Assert.False(Unfinished().IsMatch(File.ReadAllText(path)), $"{Repository.Relative(path)} holds something unfinished.");
    }

    /// <summary>Links of the documents, and paths that they name, exist.</summary>
    [Fact]
    public void PathsThatDocumentsNameExist()
    {
        string[] documents =
        [
            .. Directory.EnumerateFiles(Repository.Root, "*.md"),
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories),
        ];
        Assert.NotEmpty(documents);
        foreach (string document in documents)
        {
            string text = File.ReadAllText(document);
            IEnumerable<string> named = Link().Matches(text).Concat(CodePath().Matches(text)).Select(match => match.Groups[1].Value);
            foreach (string path in named)
            {
                bool exists = Path.Exists(Path.Combine(Path.GetDirectoryName(document)!, path)) || Path.Exists(Path.Combine(Repository.Root, path));
                Assert.True(exists, $"{Repository.Relative(document)} names {path}, which does not exist.");
            }
        }
    }

    [GeneratedRegex(@"^[^/""]*\bunsafe\b", RegexOptions.Multiline)]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"\]\(([A-Za-z0-9_./-]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|tests|docs|samples|bench)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex CodePath();
}
