using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary><c>quota show|set|clear</c>.</summary>
public sealed class QuotaCommandTests
{
    [Fact]
    public void AQuotaIsSetShownMetAndCleared()
    {
        using TemporaryStore store = new();
        Assert.Contains("has no quota", store.Run("quota", "show").Succeeded().Output, StringComparison.Ordinal);
        store.Run("quota", "set").Failed(2, "--objects N");
        store.Run("quota", "set", "--objects", "2", "--bytes", "100000").Succeeded();
        Create(store, "a").Succeeded();
        Create(store, "b").Succeeded();
        Create(store, "c").Failed(1, $"the quota of the store {store.Path} is used up: 2 of 2 objects are there; unpin something and run 'holdfast gc', or raise it with 'holdfast quota set --objects N' [ENOSPC]");
        Assert.False(File.Exists(store.Pin("c")));
        store.Run("map", "dump", "a").Succeeded();
        JsonNode quota = store.Run("quota", "show", "--json").Succeeded().Json["quotas"]!.AsArray().Single()!;
        Assert.Equal((null, "2", "2", "100000"), (quota["user"], $"{quota["objects"]}", $"{quota["max_objects"]}", $"{quota["max_bytes"]}"));
        Assert.Matches("the store +2 +2 +[0-9]+ +100000", store.Run("quota", "show").Succeeded().Output);
        File.Delete(store.Pin("a"));
        Create(store, "c").Succeeded();

        store.Run("quota", "clear").Succeeded();
        string user = Environment.IsPrivilegedProcess ? "0" : File.ReadAllLines("/proc/self/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        store.Run("quota", "set", "--user", user, "--objects", "2").Succeeded();
        Create(store, "d").Failed(1, "[EPERM]");
        store.Run("quota", "set", "--user", "4000000000", "--objects", "2").Failed(1, "[EINVAL]");
        store.Run("quota", "clear", "--user", user).Succeeded();
        Create(store, "d").Succeeded();
        store.Run("--engine", "kernel", "quota", "show").Failed(1, "cgroup");
    }

    private static CommandResult Create(TemporaryStore store, string pin) =>
        store.Run("map", "create", pin, "--type", "array", "--key", "4", "--value", "4", "--entries", "1");
}
