using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary><c>doctor</c> tells what works.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void AGoodStoreIsDescribed()
    {
        JsonNode json = _store.Run("doctor", "--json").Succeeded().Json;
        Assert.True(json["ok"]!.GetValue<bool>());
        Dictionary<string, string> findings = json["findings"]!.AsArray().ToDictionary(
            finding => finding!["name"]!.GetValue<string>(), finding => finding!["text"]!.GetValue<string>());
        Assert.Contains(_store.Path, findings["store"], StringComparison.Ordinal);
        Assert.Contains("tmpfs", findings["pins last"], StringComparison.Ordinal);
        string[] wanted = ["kernel", "space", "user attributes", "execution slots", "execution", "kernel engine", "kernel BTF"];
        Assert.All(wanted, name => Assert.Contains(name, findings.Keys));
    }

    [Fact]
    public void AStoreThatCannotBeFails()
    {
        CommandResult result = _store.Run("doctor", "--store", "/proc/holdfast");
        result.Failed(1, "the userspace engine can't work here");
        Assert.Contains("FAIL", result.Output, StringComparison.Ordinal);
    }
}
