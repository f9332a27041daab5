using System.Diagnostics;

namespace Holdfast.Cli.Tests;

/// <summary>The command on one of the engines, with a directory of pins of its own that goes with it.</summary>
public sealed class UserOrKernel : IDisposable
{
    private readonly TemporaryStore _store = new();
    private readonly string? _mount;

    public UserOrKernel(string engine)
    {
        Engine = engine;
        if (engine == "user")
            return;
        _mount = Directory.CreateTempSubdirectory("holdfast-cli-").FullName;
        if (Start("mount", "-t", "bpf", "bpf", _mount) is { Length: > 0 } reason)
        {
            Directory.Delete(_mount);
            Assert.Skip($"no bpffs can be mounted here: {reason}");
        }
    }

    public static TheoryData<string> Engines => ["user", "kernel"];

    public string Engine { get; }

    public TemporaryStore Store => _store;

    public string Pin(string name) => _mount is null ? _store.Pin(name) : Path.Combine(_mount, name);

    public CommandResult Run(params string[] arguments) => _store.Run([.. arguments, "--engine", Engine]);

    public void Dispose()
    {
        if (_mount is not null)
        {
            Assert.Equal("", Start("umount", _mount));
            Directory.Delete(_mount);
        }

        _store.Dispose();
    }

    private static string Start(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : error.Length > 0 ? error : $"{program} exited with {process.ExitCode}";
    }
}
