namespace Holdfast.Execution.Tests.Support;

/// <summary>Where the tests' files are.</summary>
internal static class Repository
{
    /// <summary>The directory of Holdfast.slnx.</summary>
    public static string Root { get; } = Find();

    /// <summary>This project's cases.</summary>
    public static string Cases => Path.Combine(Root, "tests/Holdfast.Execution.Tests/Cases");

    /// <summary>The shared vectors, or null where the folder is absent.</summary>
    public static string? Conformance
    {
        get
        {
            string shared = Environment.GetEnvironmentVariable("HOLDFAST_SHARED") ?? Path.GetFullPath(Path.Combine(Root, "../shared"));
            string folder = Path.Combine(shared, "conformance");
            return Directory.Exists(folder) ? folder : null;
        }
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
