namespace Holdfast.Objects.Tests;

/// <summary>The checkout that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Sample(string name) => Path.Combine(Root, "samples", name);

    public static string Fixture(string name) => Path.Combine(Root, "tests/Holdfast.Objects.Tests/Fixtures", name);

    /// <summary>Every committed object file.</summary>
    public static IEnumerable<string> Objects() =>
        [.. Directory.GetFiles(Path.Combine(Root, "samples"), "*.bpf.o"), .. Directory.GetFiles(Fixture(""), "*.bpf.o")];

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
