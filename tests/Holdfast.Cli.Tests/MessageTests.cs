using System.Text.RegularExpressions;

namespace Holdfast.Cli.Tests;

/// <summary>What refusals say: once what was attempted, the cause, and the remedy.</summary>
public sealed class MessageTests
{
    public static TheoryData<string> Engines => UserOrKernel.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnAttemptIsNamedOnceWithItsRemedy(string name)
    {
        using UserOrKernel engine = new(name);
        Create(engine, "m").Succeeded();
        string directory = Directory.CreateDirectory(engine.Pin("d")).FullName;
        IsSaidOnce(Create(engine, "m"), engine.Pin("m"), "exists", "EEXIST");
        IsSaidOnce(engine.Run("pin", engine.Pin("m"), engine.Pin("m")), engine.Pin("m"), "exists", "EEXIST");
        IsSaidOnce(engine.Run("pin", engine.Pin("m"), engine.Pin("a.b")), engine.Pin("a.b"), "names with a dot are reserved", "EPERM");
        IsSaidOnce(engine.Run("pin", engine.Pin("m"), directory, "--replace"), directory, "it is a directory", "EISDIR");
        engine.Run("pin", engine.Pin("m"), engine.Pin("none/m")).Failed(1, "make it");
        IsSaidOnce(engine.Run("unpin", directory), directory, "remove it with rmdir", "EISDIR");
        IsSaidOnce(engine.Run("unpin", engine.Pin("none")), engine.Pin("none"), "no such", "ENOENT");
        IsSaidOnce(engine.Run("id", directory), directory, "is not a pinned object", "EACCES");
        IsSaidOnce(engine.Run("id", engine.Pin("none")), engine.Pin("none"), "no such", "ENOENT");
        IsSaidOnce(engine.Run("tree", engine.Pin("none")), engine.Pin("none"), "no such", "ENOENT");
        string elsewhere = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "holdfast-no-mount-" + Guid.NewGuid().ToString("N"))).FullName;
        IsSaidOnce(engine.Run("umount", elsewhere), elsewhere, "no bpffs is mounted at", "EINVAL");
        engine.Run("prog", "loadall", TemporaryStore.Sample("flow_stats.bpf.o"), elsewhere + "/all").Failed(1, "bpffs");
        Directory.Delete(elsewhere);
        engine.Run("unpin", engine.Pin("m")).Succeeded();
        Directory.Delete(directory);
    }

    [Theory]
    [InlineData("give --objects N", "quota", "set")]
    [InlineData("--interval takes at least 1", "watch", "--interval", "0")]
    [InlineData("--for no less than 0", "watch", "--for", "-1")]
    public void AWrongCommandLineIsTwo(string told, params string[] arguments)
    {
        using TemporaryStore store = new();
        store.Run(arguments).Failed(2, told);
        Assert.False(Directory.Exists(store.Path));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ATreeShowsSizes(string name)
    {
        using UserOrKernel engine = new(name);
        Create(engine, "m").Succeeded();
        Assert.Matches(" m  map [0-9]+ 'm' [1-9][0-9.]* (KiB|B)\n", engine.Run("tree", Path.GetDirectoryName(engine.Pin("m"))!).Succeeded().Output);
        engine.Run("unpin", engine.Pin("m")).Succeeded();
    }

    private static CommandResult Create(UserOrKernel engine, string pin) =>
        engine.Run("map", "create", engine.Pin(pin), "--type", "array", "--key", "4", "--value", "4", "--entries", "1");

    private static void IsSaidOnce(CommandResult result, string path, string told, string errno)
    {
        result.Failed(1, told);
        Assert.EndsWith($" [{errno}]\n", result.Error, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(result.Error, Regex.Escape(path)));
    }
}
