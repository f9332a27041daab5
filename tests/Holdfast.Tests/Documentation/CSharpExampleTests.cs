namespace Holdfast.Tests.Documentation;

/// <summary>Every C# block of README and docs compiles without a warning, runs, and prints what is said there.</summary>
public sealed class CSharpExampleTests
{
    private static readonly string Root = Objects.Samples.Root;

    public static TheoryData<string, int> Places
    {
        get
        {
            TheoryData<string, int> places = [];
            foreach (CSharpExample example in All())
                places.Add(example.Document, example.Line);
            return places;
        }
    }

    [Fact]
    public void ReadmeAndTheFirstHourHaveOne() =>
        Assert.Subset(Places.Select(place => place.Data.Item1).ToHashSet(), new HashSet<string> { "README.md", "docs/getting-started.md" });

    [Theory]
    [MemberData(nameof(Places))]
    public void AnExampleDoesWhatItSays(string document, int line)
    {
        CSharpExample example = All().Single(example => example.Document == document && example.Line == line);
        string folder = Directory.CreateTempSubdirectory("holdfast-example-").FullName;
        string store = $"/dev/shm/holdfast-example-{Guid.NewGuid():n}";
        try
        {
            Assert.Empty(example.Compile(folder));

            // Twice, since a reader will: what the first run leaves must not be in the second one's way.
            for (int times = 0; times < 2; times++)
            {
                (int exit, string output, string error) = CSharpExample.Run(folder, Root, store);
                Assert.Equal("", error);
                Assert.Equal(0, exit);
                Assert.Equal(example.Output, output);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            if (Directory.Exists(store))
                Directory.Delete(store, recursive: true);
        }
    }

    private static IEnumerable<CSharpExample> All() =>
        Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Order(StringComparer.Ordinal).Append(Path.Combine(Root, "README.md"))
            .SelectMany(path => CSharpExample.In(Root, Path.GetRelativePath(Root, path)));
}
