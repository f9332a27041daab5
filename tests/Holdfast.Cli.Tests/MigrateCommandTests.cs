using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary><c>prog loadall --migrate</c>, on both engines: a new generation takes the place of the old with its maps' entries.</summary>
public sealed class MigrateCommandTests
{
    public static TheoryData<string> Engines => UserOrKernel.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ANewLayoutTakesOverWhatTheOldOneCounted(string name)
    {
        using UserOrKernel engine = new(name);
        string set = engine.Pin("set"), sessions = set + "/maps/sessions", totals = set + "/maps/totals";
        engine.Run("prog", "loadall", Fixture("layout_before"), set).Succeeded();
        engine.Run("map", "update", sessions, "5", "{}").Succeeded();
        string kept = $"{engine.Run("id", totals, "--json").Succeeded().Json["object"]}", old = $"{engine.Run("id", sessions, "--json").Succeeded().Json["object"]}";
        engine.Run("prog", "loadall", Fixture("layout_after"), set).Failed(1, "EEXIST");

        string output = engine.Run("prog", "loadall", Fixture("layout_after"), set, "--migrate").Succeeded().Output;
        Assert.Contains("map 'totals' is used on\n", output, StringComparison.Ordinal);
        Assert.Contains("map 'sessions' has a new layout: 1 entries copied\n", output, StringComparison.Ordinal);
        Assert.Contains("  dropped value.removed\n", output, StringComparison.Ordinal);
        Assert.Contains("  zero value.added\n", output, StringComparison.Ordinal);
        Assert.Equal(kept, $"{engine.Run("id", totals, "--json").Succeeded().Json["object"]}");
        Assert.NotEqual(old, $"{engine.Run("id", sessions, "--json").Succeeded().Json["object"]}");
        Assert.Contains("new_name", engine.Run("map", "dump", sessions).Succeeded().Output, StringComparison.Ordinal);

        // The same layouts once more: every map is used on, and JSON says the same.
        JsonNode again = engine.Run("prog", "loadall", Fixture("layout_after"), set, "--migrate", "--json").Succeeded().Json;
        Assert.Empty(again["migrated"]!.AsArray());
        Directory.Delete(set, recursive: true);
    }

    private static string Fixture(string name) => Path.Combine(TemporaryStore.Root, "tests/Holdfast.Tests/Objects/Fixtures", name + ".bpf.o");
}
