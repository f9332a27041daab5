namespace Holdfast.Cli.Tests;

/// <summary>The command on one of the engines, with a directory of pins of its own that goes with it.</summary>
public sealed class UserOrKernel(string engine) : IDisposable
{
    private readonly TemporaryMount? _mount = engine == "user" ? null : TemporaryMount.MountOrSkip("bpf");

    public static TheoryData<string> Engines => ["user", "kernel"];

    public string Engine => engine;

    public TemporaryStore Store { get; } = new();

    public string Pin(string name) => _mount is null ? Store.Pin(name) : Path.Combine(_mount.Path, name);

    public CommandResult Run(params string[] arguments) => Store.Run([.. arguments, "--engine", engine]);

    public void Dispose()
    {
        _mount?.Dispose();
        Store.Dispose();
    }
}
