namespace Holdfast.Cli.Tests;

/// <summary>Pins as a container sees them: in a mount namespace of its own, where only what was bind-mounted is there (SEMANTICS 5.3).</summary>
public sealed class ContainerTests
{
    private const string Prepare = """
        holdfast map create shared --type array --key 4 --value 4 --entries 8 > /dev/null
        holdfast map update shared u32:1 u32:77
        holdfast prog loadall samples/flow_stats.bpf.o flows > /dev/null
        """;

    [Fact]
    public void ASingleMapPinWorksAloneBesideAMapOfTheContainersWithTheSameId()
    {
        Run("""
            touch "$BOX/pin"
            mount --bind "$HOLDFAST_STORE/fs/shared" "$BOX/pin"
            mount -t tmpfs tmpfs "$HOLDFAST_STORE"
            export HOLDFAST_STORE="$BOX/store"
            holdfast map create own --type array --key 4 --value 4 --entries 8 > /dev/null
            holdfast map lookup "$BOX/pin" u32:1
            holdfast map update "$BOX/pin" u32:2 u32:5
            holdfast map lookup own u32:1
            holdfast id own
            holdfast id "$BOX/pin" 2>&1 | grep -c 'map:1 belongs to another store than .*open that store with --store'
            """, store => Assert.Equal("05000000", store.Run("map", "lookup", "shared", "u32:2").Succeeded().Output.Trim()), "4d000000", "00000000", "map:1 array 'own'", "pinned at $BOX/store/fs/own", "1");
    }

    [Fact]
    public void AProgramPinSaysThatItNeedsItsStore()
    {
        Run("""
            touch "$BOX/pin"
            mount --bind "$HOLDFAST_STORE/fs/flows/flow_stats" "$BOX/pin"
            mount -t tmpfs tmpfs "$HOLDFAST_STORE"
            export HOLDFAST_STORE="$BOX/store"
            holdfast prog run "$BOX/pin" --hex 00 2>&1 | grep -c 'belongs to another store than .*open that store with --store'
            """, null, "1");
    }

    [Fact]
    public void ADirectoryOfPinsAndAWholeStoreCanBeReadOnly()
    {
        Run("""
            mkdir "$BOX/pins" "$BOX/store"
            mount --bind "$HOLDFAST_STORE/fs" "$BOX/pins"
            mount -o remount,bind,ro "$BOX/pins"
            mount --bind "$HOLDFAST_STORE" "$BOX/store"
            mount -o remount,bind,ro "$BOX/store"
            mount -t tmpfs tmpfs "$HOLDFAST_STORE"
            export HOLDFAST_STORE="$BOX/store"
            holdfast map lookup "$BOX/pins/shared" u32:1
            holdfast map lookup shared u32:1
            holdfast map update shared u32:1 u32:1 2>&1 | grep -c 'EROFS'
            holdfast mounts --json | grep -c "\"path\":\"$BOX/store/fs\""
            holdfast id shared | grep -c "pinned at $BOX/store/fs/shared"
            holdfast map create more --type array --key 4 --value 4 --entries 8 2>&1 | grep -c 'EROFS'
            """, store => Assert.Equal("4d000000", store.Run("map", "lookup", "shared", "u32:1").Succeeded().Output.Trim()), "4d000000", "4d000000", "1", "1", "1", "1");
    }

    private static void Run(string script, Action<TemporaryStore>? afterwards, params string[] expected)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root makes mount namespaces here");
        VerifierPresence.Require();
        using TemporaryStore store = new();
        store.RunShell(Prepare).Succeeded();
        string box = Directory.CreateDirectory($"{store.Path}-files/box").FullName;
        string file = store.WriteFile("script", System.Text.Encoding.UTF8.GetBytes(script));
        CommandResult result = store.RunShell($"BOX='{box}' unshare --mount --propagation private sh -e '{file}'").Succeeded();
        Assert.Equal(expected.Select(line => line.Replace("$BOX", box, StringComparison.Ordinal)), result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        afterwards?.Invoke(store);
    }
}
