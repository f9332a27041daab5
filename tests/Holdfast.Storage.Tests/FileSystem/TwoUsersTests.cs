using System.Diagnostics;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>
/// Two users without privilege share a directory that both may write: one works, the other has planted links there. What a link could
/// redirect must not happen. Linux's <c>fs.protected_hardlinks</c> would stop some of these already; so root plants those hard links.
/// </summary>
[Collection(nameof(Alone))]
public sealed class TwoUsersTests : IDisposable
{
    private const string Victim = "23456";
    private const string Stranger = "23457";
    private readonly string _root = $"/dev/shm/holdfast-test-{Guid.NewGuid():N}";

    public TwoUsersTests()
    {
        Assert.SkipUnless(Posix.EffectiveUser() == 0, "needs root, to become two other users");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv") && Directory.Exists("/dev/shm"), "needs setpriv(1) and /dev/shm");
        Directory.CreateDirectory(_root);
        Run($"chmod 777 {_root}");
        As(Victim, $"umask 077; mkdir {_root}/own {_root}/own/empty; echo precious > {_root}/own/thesis; chmod 711 {_root}/own");
    }

    [Fact]
    public void A_new_store_lets_nobody_else_in_whatever_the_umask()
    {
        Assert.Equal("None", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/store", "false").Output);
        Assert.Equal("700", As(Victim, $"stat -c %a {_root}/store"));
        Assert.Equal("EACCES", As(Victim, $"find {_root}/store/objects {_root}/store/state {_root}/store/lock {_root}/store/fs -type f -perm /077 ! -name .bpffs; echo EACCES"));
        Assert.StartsWith("EACCES", Child.Run(nameof(ChildScenarios.CreateAsUser), Stranger, _root + "/store", "false").Output);
        Assert.Empty(As(Stranger, $"ls {_root}/store/fs {_root}/store/objects/maps; cat {_root}/store/state; ln {_root}/store/state {_root}/mine"));
    }

    [Fact]
    public void No_store_is_made_where_a_strangers_link_leads()
    {
        As(Stranger, $"ln -s {_root}/own/empty {_root}/store; ln -s {_root}/own {_root}/way");
        string refused = Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/store", "false").Output;
        Assert.StartsWith("EPERM a symbolic link on the way to", refused);
        Assert.StartsWith("EPERM", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/way/new", "false").Output);
        Assert.StartsWith("EPERM", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/way/empty", "false").Output);
        Assert.Equal("empty thesis", As(Victim, $"ls {_root}/own {_root}/own/empty | grep -v : | xargs"));

        // One's own link, and root's, absolute or not, lead where they say.
        As(Victim, $"ln -s own/empty {_root}/relative");
        Run($"ln -s {_root}/relative {_root}/chain");
        Assert.Equal("None", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/chain", "false").Output);
        Assert.NotEmpty(As(Victim, $"cat {_root}/own/empty/store"));
        As(Victim, $"ln -s round {_root}/round");
        Assert.StartsWith("ELOOP", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/round", "false").Output);
    }

    [Fact]
    public void A_file_planted_as_a_part_of_a_store_is_not_written()
    {
        As(Victim, $"mkdir {_root}/open; chmod 777 {_root}/open");
        Assert.StartsWith("EPERM others may write", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/open", "false").Output);

        // Before the store is made …
        Run($"ln {_root}/own/thesis {_root}/open/state");
        Assert.Equal("None", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/open", "true").Output);
        Assert.Equal("precious", As(Victim, $"cat {_root}/own/thesis"));

        // … and after.
        As(Victim, $"head -c 4096 /dev/zero > {_root}/own/zeros");
        Run($"rm {_root}/open/state; ln {_root}/own/zeros {_root}/open/state");
        Assert.StartsWith("EINVAL", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/open", "true").Output);
        As(Victim, $"rm -f {_root}/open/state; ln -s {_root}/own/zeros {_root}/open/state");
        Assert.StartsWith("ELOOP", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/open", "true").Output);
        Assert.Equal("0", As(Victim, $"tr -d '\\0' < {_root}/own/zeros | wc -c"));
    }

    [Fact]
    public void No_mount_changes_the_directory_that_a_strangers_link_leads_to()
    {
        Assert.Equal("None", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/store", "false").Output);
        As(Stranger, $"ln -s {_root}/own/empty {_root}/m");
        Assert.Equal("mount:EPERM", Child.Run(nameof(ChildScenarios.MountAsUser), Victim, _root + "/store", _root + "/m", "mount").Output);
        Assert.Equal("700", As(Victim, $"stat -c %a {_root}/own/empty"));
    }

    [Fact]
    public void A_planted_marker_of_a_mount_is_not_written()
    {
        Assert.Equal("None", Child.Run(nameof(ChildScenarios.CreateAsUser), Victim, _root + "/store", "false").Output);
        As(Victim, $"mkdir {_root}/m");
        Assert.Equal("mount:None", Child.Run(nameof(ChildScenarios.MountAsUser), Victim, _root + "/store", _root + "/m", "mount").Output);

        // The directory was mounted for all to write: a stranger can put a file of the victim's in the marker's place, that looks like one.
        As(Victim, $"cp {_root}/m/.bpffs {_root}/own/copy; cat {_root}/own/copy > {_root}/own/before");
        Run($"rm {_root}/m/.bpffs; ln {_root}/own/copy {_root}/m/.bpffs");
        Assert.Equal(
            ["remount:EINVAL", "umount:EINVAL"],
            Child.Run(nameof(ChildScenarios.MountAsUser), Victim, _root + "/store", _root + "/m", "remount", "umount").Output.Split('\n'));
        Assert.Equal("same", As(Victim, $"cmp {_root}/own/copy {_root}/own/before && echo same"));
    }

    [Fact]
    public void Root_who_tidies_a_users_store_is_not_led_out_of_it()
    {
        Assert.Equal("None", Child.Run(nameof(ChildScenarios.CreateAsUser), Stranger, _root + "/store", "false").Output);
        As(Victim, $"mkdir -p {_root}/own/maps {_root}/own/programs {_root}/own/links {_root}/own/btf; : > {_root}/own/maps/1");
        As(Stranger, $"mv {_root}/store/objects {_root}/store/old; ln -s {_root}/own {_root}/store/objects");
        Assert.False(Store.TryOpen(_root + "/store", new StoreOptions(), out _, out StorageError? error));
        Assert.Contains("directories of the store", error.Message);
        As(Stranger, $"rm {_root}/store/objects; mv {_root}/store/old {_root}/store/objects; ln -s {_root}/own/maps {_root}/store/refs/m9");
        Assert.True(Store.TryOpen(_root + "/store", new StoreOptions(), out Store? store, out error), error?.Message);
        using (store)
            _ = store.Collector.Collect();
        Assert.Equal("1", As(Victim, $"ls {_root}/own/maps"));
    }

    public void Dispose()
    {
        if (Directory.Exists(_root))
            Directory.Delete(_root, recursive: true);
    }

    private static string As(string user, string command) =>
        Finish(new ProcessStartInfo("setpriv", [$"--reuid={user}", $"--regid={user}", "--clear-groups", "--no-new-privs", "sh", "-c", command]));

    private static void Run(string command) => Finish(new ProcessStartInfo("sh", ["-ec", command]));

    private static string Finish(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> trouble = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.DoesNotContain("setpriv:", trouble.Result);
        return output;
    }
}
