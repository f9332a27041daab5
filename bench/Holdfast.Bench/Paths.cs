namespace Holdfast.Bench;

/// <summary>Where the files are.</summary>
internal static class Paths
{
    /// <summary>The directory of Holdfast.slnx.</summary>
    public static string Root { get; } = Find();

    /// <summary>Sources of the native loops, and their BPF objects.</summary>
    public static string Native => Path.Combine(Root, "bench/Native");

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Holdfast.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("the benchmark must run inside the repository");
    }
}
