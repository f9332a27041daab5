using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary><c>fdinfo</c>, <c>id</c>, <c>graph</c>, <c>stores</c>, <c>tree</c>, <c>watch</c>.</summary>
public sealed class SeeingTests
{
    public static TheoryData<string> Engines => UserOrKernel.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnObjectIsExplained(string name)
    {
        using UserOrKernel engine = new(name);
        engine.Run("prog", "load", TemporaryStore.Sample("flow_stats.bpf.o"), engine.Pin("p")).Succeeded();
        JsonNode program = engine.Run("id", engine.Pin("p"), "--json").Succeeded().Json;
        Assert.Equal(("prog", "xdp", "flow_stats"), ($"{program["kind"]}", $"{program["type"]}", $"{program["name"]}"));
        Assert.Equal([engine.Pin("p")], program["pinned"]!.AsArray().Select(pin => $"{pin}"));
        string map = program["uses"]!.AsArray().Select(used => $"{used}").First();
        CommandResult used = engine.Run("id", map).Succeeded();
        Assert.Contains($"  used by {program["object"]} xdp 'flow_stats'", used.Output, StringComparison.Ordinal);
        Assert.Equal($"{map[4..]}", $"{engine.Run("fdinfo", map, "--json").Succeeded().Json["fdinfo"]!["map_id"]}");
        Assert.Matches("^prog_type:\t6\nprog_jited:\t[01]\nprog_tag:\t[0-9a-f]{16}\nmemlock:\t[0-9]+\nprog_id:\t[0-9]+\n", engine.Run("fdinfo", engine.Pin("p")).Succeeded().Output);
        Assert.Contains(engine.Run("graph", "--json").Succeeded().Json["objects"]!.AsArray(), node => $"{node!["object"]}" == $"{program["object"]}");
        string dot = engine.Run("graph", "--format", "dot").Succeeded().Output;
        Assert.StartsWith("digraph holdfast {", dot, StringComparison.Ordinal);
        Assert.Contains($"  \"{program["object"]}\" -> \"{map}\";", dot, StringComparison.Ordinal);
        Assert.Contains($"  \"{engine.Pin("p")}\" -> \"{program["object"]}\";", dot, StringComparison.Ordinal);
        string mermaid = engine.Run("graph", "--format", "mermaid").Succeeded().Output;
        Assert.StartsWith("graph LR\n", mermaid, StringComparison.Ordinal);
        Assert.Contains(" --> ", mermaid, StringComparison.Ordinal);
        Assert.Contains($"  uses {map} ", engine.Run("graph").Succeeded().Output, StringComparison.Ordinal);
        engine.Run("graph", "--format", "svg").Failed(2, "svg");
        engine.Run("id", "map:2000000000").Failed(1, "map 2000000000");
        engine.Run("unpin", engine.Pin("p")).Succeeded();
    }

    [Fact]
    public void StoresAreFoundWithTheirMounts()
    {
        using TemporaryStore store = new();
        store.Run("map", "create", "m", "--type", "array", "--key", "4", "--value", "4", "--entries", "1").Succeeded();
        JsonNode found = store.Run("stores", "--json").Succeeded().Json["stores"]!.AsArray().Single(candidate => $"{candidate!["path"]}" == store.Path)!;
        Assert.Equal(("tmpfs", "1", "0"), ($"{found["file_system"]}", $"{found["maps"]}", $"{found["programs"]}"));
        Assert.Equal([store.Path + "/fs"], found["mounts"]!.AsArray().Select(mount => $"{mount!["path"]}"));
        Assert.Contains(store.Path, store.Run("stores").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void ATreeHasItsBranchesInOrder()
    {
        using TemporaryStore store = new();
        foreach (string pin in new[] { "b", "a" })
            store.Run("map", "create", pin, "--type", "array", "--key", "4", "--value", "4", "--entries", "1").Succeeded();
        Directory.CreateDirectory(store.Pin("d/e"));
        File.WriteAllText(store.Pin("d/e/new\nline"), "foreign");
        string[] lines = store.Run("tree").Succeeded().Output.TrimEnd('\n').Split('\n');
        Assert.Equal(store.Path + "/fs", lines[0]);
        Assert.StartsWith("├── a  map 2 'a' ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("├── b  map 1 'b' ", lines[2], StringComparison.Ordinal);
        Assert.Equal(["└── d/", "    └── e/", "        └── new?line  (foreign)"], lines[3..]);
    }

    /// <summary>Two processes: one changes values, which no system call tells, the other sees it by the map's counter.</summary>
    [Fact]
    public async Task AChangeOfAMapsContentsIsSeen()
    {
        using TemporaryStore store = new();
        store.Run("map", "create", "m", "--type", "hash", "--key", "4", "--value", "4", "--entries", "9").Succeeded();
        string seen = store.WriteFile("seen", []);
        Task<CommandResult> watching = Task.Run(() => store.Run("watch", "--for", "20", "--interval", "10", "--exec", $"echo $HOLDFAST_EVENT $HOLDFAST_OBJECT $HOLDFAST_PATH >> {seen}"));
        Stopwatch watch = Stopwatch.StartNew();
        while (!File.ReadAllText(seen).Split('\n').Contains("changed map:1") && watch.Elapsed < TimeSpan.FromSeconds(19))
            store.Run("map", "update", "m", "u32:1", "u32:2").Succeeded();
        CommandResult result = await watching;
        Assert.Contains("changed map:1\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EventsArePrintedAndHandedToACommand()
    {
        using TemporaryStore store = new();
        store.Run("map", "create", "m", "--type", "array", "--key", "4", "--value", "4", "--entries", "1").Succeeded();
        string seen = store.WriteFile("seen", []);
        Task<CommandResult> watching = Task.Run(() => store.Run("watch", "--for", "20", "--exec", $"echo $HOLDFAST_EVENT $HOLDFAST_OBJECT $HOLDFAST_PATH >> {seen}; exit 3"));
        string[] wanted = [$"pinned map:1 {store.Pin("n")}", $"unpinned map:1 {store.Pin("n")}"];
        Stopwatch watch = Stopwatch.StartNew();

        // Nothing tells when it has begun to watch: until it shows, the name comes and goes.
        while (!wanted.All(File.ReadAllText(seen).Split('\n').Contains) && watch.Elapsed < TimeSpan.FromSeconds(19))
        {
            store.Run("pin", "m", "n").Succeeded();
            File.Delete(store.Pin("n"));
        }

        CommandResult result = await watching;
        Assert.All(wanted, line => Assert.Contains(line, result.Output, StringComparison.Ordinal));
        Assert.Contains("exited with 3", result.Error, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"watching {store.Path}/fs"), result.Error, StringComparison.Ordinal);
    }
}
