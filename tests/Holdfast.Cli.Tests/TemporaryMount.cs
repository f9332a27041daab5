using System.Diagnostics;

namespace Holdfast.Cli.Tests;

/// <summary>A file system mounted on a directory of its own, unmounted at the end.</summary>
public sealed class TemporaryMount : IDisposable
{
    private TemporaryMount(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts, or skips the test with mount's own words.</summary>
    public static TemporaryMount MountOrSkip(string type, string options = "rw")
    {
        string path = Directory.CreateTempSubdirectory("holdfast-cli-").FullName;
        if (Run("mount", "-t", type, "-o", options, type, path) is { } reason)
        {
            Directory.Delete(path);
            Assert.Skip($"no {type} can be mounted here: {reason}");
        }

        return new(path);
    }

    public void Dispose()
    {
        Assert.Null(Run("umount", Path));
        Directory.Delete(Path);
    }

    private static string? Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Length > 0 ? error : $"{program} exited with {process.ExitCode}";
    }
}
