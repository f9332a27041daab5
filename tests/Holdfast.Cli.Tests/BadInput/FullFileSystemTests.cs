namespace Holdfast.Cli.Tests.BadInput;

/// <summary>A store on a full file system: a line that says so, nothing half-made, nothing lost, and all well once there is room.</summary>
public sealed class FullFileSystemTests : IDisposable
{
    private readonly TemporaryMount _mount = TemporaryMount.MountOrSkip("tmpfs", "size=1m");
    private readonly TemporaryStore _store = new();

    public void Dispose()
    {
        _store.Dispose();
        _mount.Dispose();
    }

    [Fact]
    public void NothingIsHalfMadeAndNothingLost()
    {
        Run("map", "create", "table", "--type", "hash", "--key", "4", "--value", "16384", "--entries", "1000000").Succeeded();
        Run("map", "update", "table", "u32:1", Value('1')).Succeeded();
        string[] before = Everything();

        Fill();
        Run("map", "create", "second", "--type", "array", "--key", "4", "--value", "8", "--entries", "4").Failed(1, "ENOSPC");
        Run("prog", "load", TemporaryStore.Sample("flow_stats.bpf.o"), "program").Failed(1, "ENOSPC");
        Run("prog", "loadall", TemporaryStore.Sample("flow_stats.bpf.o"), "all").Failed(1, "ENOSPC");
        Assert.Contains("ENOSPC", FillMap(), StringComparison.Ordinal);
        Assert.Equal(Value('1') + "\n", Run("map", "lookup", "table", "u32:1").Succeeded().Output);
        Assert.Equal(before, Everything());

        File.Delete(Filler);
        Run("map", "update", "table", "u32:2", Value('2')).Succeeded();
        Run("prog", "load", TemporaryStore.Sample("flow_stats.bpf.o"), "program").Succeeded();
        Assert.Equal(Value('1') + "\n", Run("map", "lookup", "table", "u32:1").Succeeded().Output);
    }

    private string Filler => Path.Combine(_mount.Path, "filler");

    private CommandResult Run(params string[] arguments) => _store.Run([.. arguments, "--store", Path.Combine(_mount.Path, "store")]);

    private static string Value(char digit) => new(digit, 2 * 16384);

    /// <summary>New entries land on pages that are not there: the first few at the latest.</summary>
    private string FillMap()
    {
        for (int key = 100; key < 110; key++)
        {
            CommandResult result = Run("map", "update", "table", $"u32:{key}", Value('3'));
            if (result.ExitCode != 0)
            {
                result.Failed(1, "table");
                return result.Error;
            }
        }

        return "";
    }

    private void Fill()
    {
        using FileStream file = File.Create(Filler);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private string[] Everything() =>
        [.. Directory.EnumerateFileSystemEntries(Path.Combine(_mount.Path, "store"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
