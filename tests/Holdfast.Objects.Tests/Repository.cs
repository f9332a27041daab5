namespace Holdfast.Objects.Tests;

/// <summary>The checkout that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Sample(string name) => Path.Combine(Root, "samples", name);

    public static string Fixture(string name) => Path.Combine(Root, "tests/Holdfast.Objects.Tests/Fixtures", name);

    /// <summary>An object of the tests of loading.</summary>
    public static string Loading(string name) => Path.Combine(Root, "tests/Holdfast.Tests/Objects/Fixtures", name);

    /// <summary>Every committed object file.</summary>
    public static IEnumerable<string> Objects() => new[] { Path.Combine(Root, "samples"), Fixture(""), Loading("") }.SelectMany(folder => Directory.GetFiles(folder, "*.bpf.o"));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
