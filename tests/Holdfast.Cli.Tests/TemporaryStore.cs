using System.Diagnostics;

namespace Holdfast.Cli.Tests;

/// <summary>A store of its own for one test, and the real command run in it. Whatever is in it goes with it.</summary>
public sealed class TemporaryStore : IDisposable
{
    private static readonly string Executable = FindExecutable();

    /// <summary>The store's directory; the command makes it.</summary>
    public string Path { get; } = $"/dev/shm/holdfast-cli-test-{Guid.NewGuid():n}";

    /// <summary>A file of the repository.</summary>
    public static string Sample(string name) => System.IO.Path.Combine(Root, "samples", name);

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A pin in the default mount.</summary>
    public string Pin(string name) => System.IO.Path.Combine(Path, "fs", name);

    /// <summary>Expects so many maps and programs, pinned or not.</summary>
    public void HasObjects(int count)
    {
        string objects = System.IO.Path.Combine(Path, "objects");
        Assert.Equal(count, Directory.Exists(objects) ? Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories).Count() : 0);
    }

    /// <summary>Expects that no command left a map, a program or a name.</summary>
    public void HasNoObjects()
    {
        HasObjects(0);
        string pins = System.IO.Path.Combine(Path, "fs");
        Assert.True(!Directory.Exists(pins) || !Directory.EnumerateFileSystemEntries(pins).Any(entry => System.IO.Path.GetFileName(entry) != ".bpffs"));
    }

    /// <summary>Writes a file into a folder beside the store that goes with it.</summary>
    public string WriteFile(string name, byte[] bytes)
    {
        string folder = Directory.CreateDirectory(Path + "-files").FullName;
        string file = System.IO.Path.Combine(folder, name);
        File.WriteAllBytes(file, bytes);
        return file;
    }

    /// <summary>Runs the command.</summary>
    public CommandResult Run(params string[] arguments) => RunWith(input: null, arguments);

    /// <summary>Runs the command with standard input.</summary>
    public CommandResult RunWith(string? input, params string[] arguments) => Finish(new(Executable, arguments), input);

    /// <summary>Runs a line as a shell does that finds <c>holdfast</c>, in the repository.</summary>
    public CommandResult RunShell(string line)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", line]) { WorkingDirectory = Root };
        string folder = Directory.CreateDirectory(Path + "-files/bin").FullName;
        if (!File.Exists(folder + "/holdfast"))
            File.CreateSymbolicLink(folder + "/holdfast", Executable);
        start.Environment["PATH"] = $"{folder}:{Environment.GetEnvironmentVariable("PATH")}";
        return Finish(start, input: null);
    }

    /// <summary>Runs the command as another user, who has no rights but everybody's.</summary>
    public CommandResult RunUnprivileged(params string[] arguments)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become another user");
        string[] become = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"];
        Assert.SkipUnless(Finish(new("setpriv", [.. become, "test", "-x", Executable]), input: null).ExitCode == 0, $"another user can't reach {Executable}");
        return Finish(new("setpriv", [.. become, Executable, .. arguments]), input: null);
    }

    /// <summary>Starts the command and leaves it running.</summary>
    public Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new(Executable, arguments);
        start.Environment["HOLDFAST_STORE"] = Path;
        return Process.Start(start)!;
    }

    private CommandResult Finish(ProcessStartInfo start, string? input)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        start.Environment["HOLDFAST_STORE"] = Path;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (input is not null)
            process.StandardInput.Write(input);
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{start.FileName} {string.Join(' ', start.ArgumentList)} hangs");
        }

        return new(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string folder in new[] { Path, Path + "-files" })
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Artifacts lie by project and configuration: the command is the test's neighbour.</summary>
    private static string FindExecutable()
    {
        DirectoryInfo own = new(AppContext.BaseDirectory.TrimEnd('/'));
        string path = System.IO.Path.Combine(own.Parent!.Parent!.FullName, "Holdfast.Cli", own.Name, "Holdfast.Cli");
        return File.Exists(path) ? path : throw new InvalidOperationException($"{path} isn't built.");
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Holdfast.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
