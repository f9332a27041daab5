using System.Diagnostics;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>A tmpfs of 1 MiB, unmounted at the end.</summary>
internal sealed class SmallTmpfs : IDisposable
{
    private SmallTmpfs(string path) => Path = path;

    public string Path { get; }

    public static SmallTmpfs MountOrSkip()
    {
        string path = Directory.CreateTempSubdirectory("holdfast-tmpfs-").FullName;
        string? trouble = Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", path);
        if (trouble is not null)
        {
            Directory.Delete(path);
            Assert.Skip($"mount -t tmpfs: {trouble}");
        }

        return new SmallTmpfs(path);
    }

    public void Dispose()
    {
        Assert.Null(Run("umount", Path));
        Directory.Delete(Path);
    }

    private static string? Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
