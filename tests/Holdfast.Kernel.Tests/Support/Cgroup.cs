namespace Holdfast.Kernel.Tests.Support;

/// <summary>A cgroup below the mounted cgroup2 hierarchy for one test. Processes that joined it must have ended before it goes.</summary>
internal sealed class Cgroup : IDisposable
{
    private Cgroup(string path)
    {
        Path = path;
    }

    public string Path { get; }

    /// <summary>Makes one; skipped, with the reason found, where that can't be done.</summary>
    public static Cgroup Create()
    {
        Privilege.Require();
        string? root = File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(" - cgroup2 ", StringComparison.Ordinal)).Select(line => line.Split(' ')[4]).FirstOrDefault();
        if (root is null)
            Assert.Skip("no cgroup2 file system is mounted");
        string path = System.IO.Path.Combine(root!, $"holdfast-test-{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Assert.Skip($"no cgroup can be made: {failure.Message}");
        }

        return new(path);
    }

    /// <summary>Runs a shell command in the cgroup, to its end; whether it succeeded.</summary>
    public bool Run(string command)
    {
        Tools.TryRun(out string? error, "bash", "-c", $"echo $$ > {Path}/cgroup.procs && {command}");
        return error is null;
    }

    public void Dispose() => Directory.Delete(Path);
}
