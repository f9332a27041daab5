using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary><c>mount</c>, <c>mounts</c>, <c>umount</c> on both engines.</summary>
public sealed class MountCommandTests
{
    public static TheoryData<string> Engines => UserOrKernel.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void MountsAreMadeListedChangedAndRemoved(string name)
    {
        using UserOrKernel engine = new(name);
        string directory = NewDirectory();
        Assert.Contains("uid=12", engine.Run("mount", directory, "-o", "uid=12,mode=0750").Succeeded().Output, StringComparison.Ordinal);
        JsonArray mounts = engine.Run("mounts", "--json").Succeeded().Json["mounts"]!.AsArray();
        JsonNode listed = mounts.Single(mount => mount!["path"]!.GetValue<string>() == directory)!;
        Assert.Matches("^uid=12,gid=0,mode=1?750,rw$", listed["options"]!.GetValue<string>());
        Assert.Contains("gid=34", engine.Run("mount", directory, "-o", "remount,gid=34").Succeeded().Output, StringComparison.Ordinal);
        engine.Run("mount", directory).Failed(1, "is a bpffs already; its options are changed with -o remount [EBUSY]");
        engine.Run("mount", directory, "-o", "bogus").Failed(1, "'bogus' is no option of a bpffs");
        engine.Run("umount", directory).Succeeded();
        engine.Run("umount", directory).Failed(1, $"no bpffs is mounted at {directory}");
        Directory.Delete(directory);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMountInUseIsNamedWithTheRemedy(string name)
    {
        using UserOrKernel engine = new(name);
        string directory = NewDirectory();
        engine.Run("mount", directory).Succeeded();
        using (Process inside = Process.Start(new ProcessStartInfo("sleep", "60") { WorkingDirectory = directory })!)
        {
            engine.Run("umount", directory).Failed(1, "is in use");
            engine.Run("umount", directory, "--lazy").Succeeded();
            inside.Kill();
            inside.WaitForExit();
        }

        Directory.Delete(directory);
    }

    [Fact]
    public void OnlyRootPinsWhereTheMountSaysSo()
    {
        using TemporaryStore store = new();
        string directory = NewDirectory();
        Assert.Contains("pin=root", store.Run("mount", directory, "-o", "pin=root").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("pin=any", store.Run("mount", directory, "-o", "remount,pin=any").Succeeded().Output, StringComparison.Ordinal);
        store.Run("umount", directory).Succeeded();
        Directory.Delete(directory);
        using TemporaryStore nobodys = new();
        nobodys.RunUnprivileged("map", "create", "m", "--type", "array", "--key", "4", "--value", "4", "--entries", "1").Succeeded();
        string team = Directory.CreateDirectory(nobodys.Path + "/team").FullName;
        nobodys.RunShell($"chown 65534:65534 {team} && chmod 777 {team}").Succeeded();
        Assert.Contains("mode=700,rw,pin=root", nobodys.RunUnprivileged("mount", team, "-o", "pin=root").Succeeded().Output, StringComparison.Ordinal);
        nobodys.RunUnprivileged("pin", "m", team + "/n").Failed(1, $"only root pins in the bpffs {team} (pin=root)");
        nobodys.Run("pin", "m", team + "/n").Succeeded();
        nobodys.RunUnprivileged("mount", team, "-o", "remount,pin=any").Succeeded();
        nobodys.RunUnprivileged("pin", "m", team + "/o").Succeeded();
        using UserOrKernel kernel = new("kernel");
        kernel.Run("mount", "/tmp", "-o", "pin=root").Failed(1, "pin= is an option of the userspace engine");
    }

    /// <summary>Who doesn't own a store changes none of its mounts, and who owns it is told of one that is open to all.</summary>
    [Fact]
    public void MountsAreTheirOwnersAndClosedUnlessAsked()
    {
        using TemporaryStore store = new();
        store.Run("map", "create", "m", "--type", "array", "--key", "4", "--value", "4", "--entries", "1").Succeeded();
        string team = Directory.CreateDirectory(store.Path + "/team").FullName;
        store.RunShell($"chmod -R a+rX {store.Path} && chmod 777 {team}").Succeeded();
        store.RunUnprivileged("mount", team).Failed(1, "only its owner creates and frees objects");
        Assert.Contains("mode=700", store.Run("mount", team).Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("others may pin", store.Run("doctor").Succeeded().Output, StringComparison.Ordinal);
        store.Run("mount", team, "-o", "remount,mode=0777").Succeeded();
        Assert.Contains($"others may pin and unpin in {team}", store.Run("doctor").Succeeded().Output, StringComparison.Ordinal);
        store.RunUnprivileged("umount", team).Failed(1, "only its owner creates and frees objects");
        store.RunUnprivileged("mount", team, "-o", "remount,mode=700").Failed(1, "only its owner creates and frees objects");
        Assert.Contains("mode=777", store.Run("mounts").Succeeded().Output, StringComparison.Ordinal);
    }

    /// <summary>On the file system of the stores, which a mount must be on.</summary>
    private static string NewDirectory() => Directory.CreateDirectory("/dev/shm/holdfast-cli-mount-" + Guid.NewGuid().ToString("N")).FullName;
}
