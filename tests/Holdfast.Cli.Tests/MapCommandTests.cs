using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary>Maps without BTF: hex and numbers with a width. Each line is a process of its own.</summary>
public sealed class MapCommandTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void AMapOutlivesTheProcessesThatUseIt()
    {
        JsonNode created = _store.Run("map", "create", "counters", "--type", "array", "--key", "4", "--value", "4", "--entries", "1024", "--json").Succeeded().Json;
        Assert.Equal("array", created["map"]!["type"]!.GetValue<string>());
        Assert.Equal(_store.Pin("counters"), created["map"]!["pinned"]!.GetValue<string>());

        _store.Run("map", "update", "counters", "u32:123", "u32:456").Succeeded();
        Assert.Equal("c8010000\n", _store.Run("map", "lookup", "counters", "7b000000").Succeeded().Output);
        JsonNode looked = _store.Run("map", "lookup", "counters", "u32:123", "--json").Succeeded().Json;
        Assert.Equal("c8010000", looked["value"]!.GetValue<string>());
    }

    [Fact]
    public void AHashMapIsChangedAndDumped()
    {
        _store.Run("map", "create", "table", "--type", "hash", "--key", "2", "--value", "8", "--entries", "8").Succeeded();
        _store.Run("map", "update", "table", "u16:1", "u64:10").Succeeded();
        _store.Run("map", "update", "table", "u16:2", "i64:-1", "--only", "noexist").Succeeded();
        _store.Run("map", "update", "table", "u16:2", "u64:1", "--only", "noexist").Failed(1, "EEXIST");
        _store.Run("map", "update", "table", "u16:3", "u64:1", "--only", "exist").Failed(1, "ENOENT");

        JsonArray entries = _store.Run("map", "dump", "table", "--json").Succeeded().Json["entries"]!.AsArray();
        Assert.Equal(2, entries.Count);
        Assert.Contains(entries, entry => entry!["key"]!.GetValue<string>() == "0200" && entry["value"]!.GetValue<string>() == "ffffffffffffffff");
        Assert.Contains("2 entries", _store.Run("map", "dump", "table").Succeeded().Output, StringComparison.Ordinal);

        string first = _store.Run("map", "next", "table").Succeeded().Output.Trim();
        string second = _store.Run("map", "next", "table", first).Succeeded().Output.Trim();
        Assert.Equal(["0100", "0200"], new[] { first, second }.Order());
        _store.Run("map", "next", "table", second).Failed(1, "no key after");

        _store.Run("map", "delete", "table", "u16:1").Succeeded();
        _store.Run("map", "delete", "table", "u16:1").Failed(1, "has no key 0100");
        _store.Run("map", "lookup", "table", "u16:1").Failed(1, "has no key 0100");
    }

    [Theory]
    [InlineData("queue", "push", "pop", "1")]
    [InlineData("stack", "enqueue", "dequeue", "2")]
    public void QueuesAndStacksArePushedAndPopped(string type, string push, string pop, string first)
    {
        _store.Run("map", "create", "line", "--type", type, "--value", "4", "--entries", "2").Succeeded();
        _store.Run("map", "pop", "line").Failed(1, "is empty");
        _store.Run("map", push, "line", "u32:1").Succeeded();
        _store.Run("map", push, "line", "u32:2").Succeeded();
        _store.Run("map", push, "line", "u32:3").Failed(1, "E2BIG");
        Assert.Equal($"0{first}000000", _store.Run("map", "peek", "line", "--json").Succeeded().Json["value"]!.GetValue<string>());
        Assert.Equal($"0{first}000000\n", _store.Run("map", pop, "line").Succeeded().Output);
        _store.Run("map", "push", "line", "u32:4").Succeeded();
        _store.Run("map", "push", "line", "u32:5", "--force").Succeeded();
        _store.Run("map", "dump", "line").Failed(1, "no keys");
    }

    [Fact]
    public void MapsAreShownByNameIdAndAll()
    {
        _store.Run("map", "create", "one", "--type", "hash", "--key", "4", "--value", "4", "--entries", "5", "--name", "first").Succeeded();
        JsonNode map = _store.Run("map", "show", "one", "--json").Succeeded().Json["maps"]![0]!;
        Assert.Equal("first", map["name"]!.GetValue<string>());
        Assert.Equal(5, map["max_entries"]!.GetValue<int>());
        string id = map["id"]!.ToJsonString();
        Assert.Single(_store.Run("map", "list", "--json").Succeeded().Json["maps"]!.AsArray());
        Assert.Contains("first", _store.Run("map", "show", $"id:{id}").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAreGivenAndTaken()
    {
        _store.Run("map", "create", "one", "--type", "array", "--key", "4", "--value", "8", "--entries", "1").Succeeded();
        _store.Run("pin", "one", "two").Succeeded();
        _store.Run("pin", "one", "two").Failed(1, "EEXIST");
        JsonArray entries = _store.Run("tree", "--json").Succeeded().Json["entries"]!.AsArray();
        Assert.Equal(["one", "two"], entries.Select(entry => entry!["name"]!.GetValue<string>()));
        Assert.Equal("map", entries[0]!["kind"]!.GetValue<string>());
        Assert.Equal(entries[0]!["id"]!.ToJsonString(), entries[1]!["id"]!.ToJsonString());

        _store.Run("unpin", "one").Succeeded();
        Assert.Contains("two  map", _store.Run("tree").Succeeded().Output, StringComparison.Ordinal);
        _store.Run("unpin", "two").Succeeded();
        _store.Run("unpin", "two").Failed(1, "ENOENT");
        Assert.Empty(_store.Run("map", "list", "--json").Succeeded().Json["maps"]!.AsArray());
    }

    [Fact]
    public void APlainRemoveIsAsGoodAndTheCollectorFindsTheRest()
    {
        _store.Run("map", "create", "one", "--type", "array", "--key", "4", "--value", "8", "--entries", "1").Succeeded();
        File.Delete(_store.Pin("one"));
        JsonNode done = _store.Run("gc", "--json").Succeeded().Json;
        Assert.False(done["was_busy"]!.GetValue<bool>());
        Assert.Empty(Directory.GetFiles(Path.Combine(_store.Path, "objects", "maps")));
    }

    [Fact]
    public void SyncSaysWhetherTheStoreOutlivesARestart()
    {
        bool durable = _store.Run("sync", "--json").Succeeded().Json["durable"]!.GetValue<bool>();
        Assert.Equal(!_store.Path.StartsWith("/dev/shm/", StringComparison.Ordinal), durable);
    }

    [Fact]
    public void DirectoriesInAMountAreTheUsers()
    {
        _store.Run("map", "create", "warm", "--type", "array", "--key", "4", "--value", "8", "--entries", "1").Succeeded();
        Directory.CreateDirectory(_store.Pin("mine"));
        _store.Run("pin", "warm", "mine/cold").Succeeded();
        JsonArray entries = _store.Run("tree", "--json").Succeeded().Json["entries"]!.AsArray();
        JsonNode directory = entries.Single(entry => entry!["kind"]!.GetValue<string>() == "directory")!;
        Assert.Equal("cold", directory["entries"]![0]!["name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(1, "EPERM", "map", "create", "/tmp/holdfast-outside", "--type", "hash", "--key", "4", "--value", "4", "--entries", "4")]
    [InlineData(2, "'blob' is no map type", "map", "create", "x", "--type", "blob", "--key", "4", "--value", "4", "--entries", "4")]
    [InlineData(1, "EINVAL", "map", "create", "x", "--type", "999", "--key", "4", "--value", "4", "--entries", "4")]
    [InlineData(1, "EINVAL", "map", "create", "x", "--type", "hash", "--key", "0", "--value", "4", "--entries", "4")]
    [InlineData(1, "EINVAL", "map", "create", "x", "--type", "hash", "--key", "4", "--value", "4", "--entries", "0")]
    [InlineData(1, "E2BIG", "map", "create", "x", "--type", "array", "--key", "4", "--value", "4294967295", "--entries", "4294967295")]
    [InlineData(1, "E2BIG", "map", "create", "x", "--type", "hash", "--key", "4294967295", "--value", "4", "--entries", "4")]
    [InlineData(1, "E2BIG", "map", "create", "x", "--type", "hash", "--key", "4", "--value", "4294967295", "--entries", "4")]
    [InlineData(1, "E2BIG", "map", "create", "x", "--type", "hash", "--key", "4", "--value", "4", "--entries", "4294967295")]
    [InlineData(1, "ENOMEM", "map", "create", "x", "--type", "array", "--key", "4", "--value", "2147483647", "--entries", "4294967295")]
    [InlineData(1, "EINVAL", "map", "create", "x", "--type", "array", "--key", "4", "--entries", "4")]
    [InlineData(2, "4294967296", "map", "create", "x", "--type", "hash", "--key", "4", "--value", "4", "--entries", "4294967296")]
    [InlineData(2, "'-1'", "map", "create", "x", "--type", "hash", "--key", "-1", "--value", "4", "--entries", "4")]
    [InlineData(2, "--entries", "map", "create", "x", "--type", "hash", "--key", "4", "--value", "4", "--entries", "many")]
    [InlineData(2, "--type", "map", "create", "x", "--entries", "1")]
    [InlineData(1, "EPERM", "map", "create", "a.b", "--type", "array", "--key", "4", "--value", "4", "--entries", "4")]
    [InlineData(1, "ENOENT", "map", "lookup", "nothing", "00")]
    [InlineData(1, "ENOENT", "map", "show", "id:77")]
    [InlineData(2, "noengine", "map", "show", "--engine", "noengine")]
    [InlineData(2, "Required command", "map")]
    [InlineData(2, "nonsense", "nonsense")]
    public void BadInputIsOneLineAndAnExitCode(int exitCode, string text, params string[] arguments)
    {
        _store.Run(arguments).Failed(exitCode, text);
        Assert.False(File.Exists("/tmp/holdfast-outside"));
        string objects = Path.Combine(_store.Path, "objects", "maps");
        Assert.True(!Directory.Exists(objects) || Directory.GetFiles(objects).Length == 0, "half a map is left");
    }

    [Theory]
    [InlineData("zz", "neither hex")]
    [InlineData("00", "gives 1")]
    [InlineData("u32:-1", "is no u32")]
    [InlineData("u128:1", "is no width")]
    public void BadKeysAreExplained(string key, string text)
    {
        _store.Run("map", "create", "one", "--type", "array", "--key", "4", "--value", "8", "--entries", "1").Succeeded();
        _store.Run("map", "lookup", "one", key).Failed(1, text);
    }

    [Fact]
    public void AFileThatIsNoPinIsRefused()
    {
        _store.Run("map", "create", "one", "--type", "array", "--key", "4", "--value", "8", "--entries", "1").Succeeded();
        File.WriteAllText(_store.Pin("foreign"), "not an object");
        _store.Run("map", "show", "foreign").Failed(1, "foreign");
        JsonArray entries = _store.Run("tree", "--json").Succeeded().Json["entries"]!.AsArray();
        Assert.Contains(entries, entry => entry!["kind"]!.GetValue<string>() == "foreign");
    }
}
