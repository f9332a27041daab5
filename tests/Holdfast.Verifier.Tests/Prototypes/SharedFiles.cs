namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Recordings beside the repository: <c>../shared</c>, or the directory that HOLDFAST_SHARED names.</summary>
internal static class SharedFiles
{
    public static string FindOrSkip(string name)
    {
        string? root = Environment.GetEnvironmentVariable("HOLDFAST_SHARED") ?? Beside(AppContext.BaseDirectory);
        string path = Path.Combine(root ?? "../shared", name);
        if (!File.Exists(path))
        {
            Assert.Skip($"the recording {path} is not here");
        }

        return path;
    }

    private static string? Beside(string directory)
    {
        for (DirectoryInfo? parent = new(directory); parent is not null; parent = parent.Parent)
        {
            if (File.Exists(Path.Combine(parent.FullName, "Holdfast.slnx")))
            {
                return Path.Combine(parent.Parent?.FullName ?? "/", "shared");
            }
        }

        return null;
    }
}
