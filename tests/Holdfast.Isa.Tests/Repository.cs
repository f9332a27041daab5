namespace Holdfast.Isa.Tests;

/// <summary>Where the tests' files are.</summary>
internal static class Repository
{
    /// <summary>The directory of Holdfast.slnx.</summary>
    public static string Root { get; } = Find();

    /// <summary>The shared folder beside the repository, or where HOLDFAST_SHARED says; the test is skipped where there is none.</summary>
    public static string SharedFolder(string name)
    {
        string shared = Environment.GetEnvironmentVariable("HOLDFAST_SHARED") ?? Path.GetFullPath(Path.Combine(Root, "../shared"));
        string folder = Path.Combine(shared, name);
        if (!Directory.Exists(folder))
        {
            Assert.Skip($"{folder} isn't there (set HOLDFAST_SHARED)");
        }

        return folder;
    }

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Holdfast.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Holdfast.slnx isn't above the tests");
    }
}
