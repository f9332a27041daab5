using PublicApiGenerator;

namespace Holdfast.Tests;

/// <summary>The public API is listed in a checked-in file: a change of it is seen in review, and is meant.</summary>
public sealed class ApiListingTests
{
    private const string Listing = "docs/api.txt";

    [Fact]
    public void PublicApiIsTheListedOne()
    {
        string path = Path.Combine(RepositoryRoot(), Listing);
        string actual = typeof(Bpf).Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("HOLDFAST_WRITE_API") == "1")
            File.WriteAllText(path, actual);
        string listed = File.ReadAllText(path);
        Assert.True(actual == listed, $"The public API differs from {Listing}. If that is meant, run this test with HOLDFAST_WRITE_API=1 and commit the file.");
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Holdfast.slnx")))
            directory = directory.Parent;
        return directory?.FullName ?? throw new DirectoryNotFoundException("Holdfast.slnx is not above the tests.");
    }
}
