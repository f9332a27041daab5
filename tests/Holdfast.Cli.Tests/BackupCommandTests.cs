using System.Diagnostics;

namespace Holdfast.Cli.Tests;

/// <summary>The command <c>backup</c>, also killed in the middle.</summary>
public sealed class BackupCommandTests
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_BACKUP_KILLS"), out int kills) ? kills : 4;

    [Fact]
    public void ABackupIsUsedWithStore()
    {
        using TemporaryStore store = new();
        using TemporaryStore copy = new();
        store.Run("map", "create", "counters", "--type", "hash", "--key", "4", "--value", "8", "--entries", "10").Succeeded();
        store.Run("map", "update", "counters", "u32:7", "u64:9").Succeeded();
        Assert.StartsWith("1 pins, 1 maps with 1 entries, 0 programs copied", store.Run("backup", copy.Path).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("0900000000000000", copy.Run("map", "lookup", "counters", "u32:7", "--json").Succeeded().Json["value"]!.GetValue<string>());
        copy.Run("fsck").Succeeded();
        store.Run("backup", copy.Path).Failed(1, "is a store already");
        store.Run("backup", store.Path + "/x").Failed(1, "is inside of the store");
        store.Run("backup", copy.Path, "--engine", "kernel").Failed(1, "map export");
    }

    [Fact]
    public void ABackupKilledAtAnyTimeIsNoStoreOrAWholeOne()
    {
        using TemporaryStore store = new();
        store.Run("map", "create", "big", "--type", "array", "--key", "4", "--value", "64", "--entries", "400000").Succeeded();
        string text = "{\"format\":\"holdfast-map\",\"version\":1,\"map\":{\"type\":\"hash\",\"key_size\":4,\"value_size\":4,\"max_entries\":50000},\"entries\":["
            + string.Join(',', Enumerable.Range(0, 50000).Select(key => $"{{\"key\":\"{key:x8}\",\"value\":\"00000001\"}}")) + "]}";
        store.RunWith(text, "map", "import", "-", "--pin", "many").Succeeded();
        int killed = 0;
        for (int number = 0; number < Kills; number++)
        {
            using TemporaryStore copy = new();
            using Process backup = store.Start("backup", copy.Path);
            Assert.True(SpinWait.SpinUntil(() => Directory.Exists(copy.Path + "/fs") || backup.HasExited, TimeSpan.FromSeconds(60)));
            Thread.Sleep(number * 20);
            backup.Kill();
            backup.WaitForExit();
            if (!File.Exists(copy.Path + "/unfinished-backup"))
            {
                copy.Run("fsck");
                Assert.Equal(50000, copy.Run("map", "dump", "many", "--json").Succeeded().Json["entries"]!.AsArray().Count);
                continue;
            }

            killed++;
            copy.Run("map", "list").Failed(1, "was interrupted");
            store.Run("backup", copy.Path).Failed(1, "was interrupted");
            Assert.DoesNotContain(copy.Path, store.Run("stores").Succeeded().Output, StringComparison.Ordinal);
        }

        Assert.True(killed > 0, "no backup was killed in the middle");
    }
}
