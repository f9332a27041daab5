using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary>The main job, end to end.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void ThreeProcessesShareWhatIsPinnedAndNothingIsLeft()
    {
        VerifierPresence.Require();
        JsonNode json = _store.Run("demo", "--json").Succeeded().Json;
        JsonArray steps = json["steps"]!.AsArray();
        Assert.Equal(["load", "run", "show"], steps.Select(step => step!["step"]!.GetValue<string>()));
        Assert.Equal(3, steps.Select(step => step!["pid"]!.GetValue<int>()).Distinct().Count());
        Assert.All(steps, step => Assert.Equal(step!["pid"]!.GetValue<int>(), step["result"]!["pid"]!.GetValue<int>()));
        Assert.Equal(273, steps[1]!["result"]!["packets"]!.GetValue<int>());
        Assert.True(steps[1]!["result"]!["ns_per_packet"]!.GetValue<double>() > 0);

        JsonArray flows = steps[2]!["result"]!["flows"]!.AsArray();
        Assert.Equal(39, flows.Count);
        JsonNode largest = flows[0]!;
        Assert.Equal(["fd77::2", "fd77::1"], new[] { "source", "destination" }.Select(side => largest["key"]![side]!.GetValue<string>()));
        Assert.Equal(21830, largest["value"]!["bytes"]!.GetValue<int>());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_store.Path, "objects"), "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_store.Path, "fs")));
    }

    [Fact]
    public void ItTellsItsStoryAndKeepsWhatItIsAskedToKeep()
    {
        VerifierPresence.Require();
        string output = _store.Run("demo", "--keep").Succeeded().Output;
        Assert.All(["process 1", "process 2", "process 3", "ns per packet (median)", "source_port", "10.77.0.2", "kept in"], text => Assert.Contains(text, output, StringComparison.Ordinal));
        string directory = Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(_store.Path, "fs"))));
        Assert.Contains("fd77::2", _store.Run("map", "dump", $"{directory}/flows").Succeeded().Output, StringComparison.Ordinal);
    }
}
