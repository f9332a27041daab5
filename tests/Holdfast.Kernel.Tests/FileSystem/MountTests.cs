using Holdfast.Isa.Abi;
using Holdfast.Kernel.Tests.Support;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Kernel.Tests.FileSystem;

/// <summary>SEMANTICS 2.2: independent mounts, options, remount, options read back.</summary>
public sealed class MountTests
{
    [Fact]
    public void OptionsAreInForceAndReadBack()
    {
        using TemporaryBpffs pins = new("uid=1234,gid=4321,mode=0750");
        BpffsOptions options = Options(pins);
        Assert.Equal((1234u, 4321u, false), (options.User, options.Group, options.ReadOnly));
        Assert.Equal(0x1E8u, options.Mode & 0x1FF);
        Assert.Equal("1234 4321", Tools.Run("stat", "-c", "%u %g", pins.Path));
    }

    [Fact]
    public void WithoutAModeTheRootIsItsOwnersOnly()
    {
        using TemporaryBpffs pins = new();
        Assert.Equal(BpffsOptions.DefaultMode, Options(pins).Mode & 0x1FF);
    }

    [Fact]
    public void ARemountChangesWhatItNamesAndLeavesTheRest()
    {
        using TemporaryBpffs pins = new("uid=1234,mode=0700");
        using BpfMap map = pins.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(pins.Pin("m"));
        pins.Bpf.Remount(pins.Path, "gid=4321,mode=0755");
        Assert.Equal((1234u, 4321u, 0x1EDu), (Options(pins).User, Options(pins).Group, Options(pins).Mode & 0x1FF));

        pins.Bpf.Remount(pins.Path, "ro");
        Assert.True(Options(pins).ReadOnly);
        Assert.Equal(Errno.EROFS, Assert.Throws<BpfException>(() => map.Pin(pins.Pin("n"))).Errno);
        BpfException readOnly = Assert.Throws<BpfException>(() => pins.Bpf.Remount(pins.Path, "mode=0700"));
        Assert.Contains("remount it with rw first", readOnly.Message, StringComparison.Ordinal);

        pins.Bpf.Remount(pins.Path, "rw");
        map.Pin(pins.Pin("n"));
        Assert.Equal(["m", "n"], Names(pins));
    }

    [Fact]
    public void WhatIsNoOptionIsRefusedAndNothingIsMounted()
    {
        string directory = Directory.CreateTempSubdirectory("holdfast-kernel-test-").FullName;
        using Bpf bpf = Bpf.OpenKernel();
        foreach (string options in new[] { "size=1m", "mode=888", "mode=", "uid=-1", "uid=4294967295", "gid=x", "ro=1", "uid=1,bogus", "mode=100000" })
        {
            BpfException refused = Assert.Throws<BpfException>(() => bpf.Mount(directory, options));
            Assert.Equal(Errno.EINVAL, refused.Errno);
            Assert.Contains("is no option of a bpffs; known are uid=N", refused.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(bpf.Mounts, mount => mount.Path == directory);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => bpf.Unmount(directory)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => bpf.Remount(directory, "ro")).Errno);
        Directory.Delete(directory);
        Assert.Equal(Errno.ENOENT, Assert.Throws<BpfException>(() => bpf.Mount(directory)).Errno);
        Assert.Equal(Errno.ENOTDIR, Assert.Throws<BpfException>(() => bpf.Mount("/etc/hostname")).Errno);
    }

    [Fact]
    public void MountsAreIndependentAndPlacesWithSpacesAreFound()
    {
        using TemporaryBpffs one = new(), two = new();
        using BpfMap map = one.Bpf.CreateMap(MapType.Array, 4, 4, 1, name: "shared");
        map.Pin(one.Pin("m"));
        Assert.Empty(Names(two));
        map.Pin(two.Pin("m"));
        PinEntry entry = Assert.Single(two.Bpf.List(two.Path), entry => entry.Name == "m");
        Assert.Equal((PinnedNameType.Pin, ObjectKind.Map, map.Id, "shared"), (entry.Type, entry.Kind, entry.Id, entry.ObjectName));

        string spaced = Directory.CreateTempSubdirectory("holdfast test ").FullName;
        one.Bpf.Mount(spaced);
        Assert.Contains(one.Bpf.Mounts, mount => mount.Path == spaced);
        one.Bpf.Unmount(spaced);
        Directory.Delete(spaced);
    }

    [Fact]
    public void AMountInUseSaysSo()
    {
        using TemporaryBpffs pins = new();
        string inside = pins.Pin("d");
        Directory.CreateDirectory(inside);
        string before = Directory.GetCurrentDirectory();
        try
        {
            Directory.SetCurrentDirectory(inside);
            BpfException busy = Assert.Throws<BpfException>(() => pins.Bpf.Unmount(pins.Path));
            Assert.Equal(Errno.EBUSY, busy.Errno);
            Assert.Contains("is in use", busy.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }

    [Fact]
    public void EachNameTellsItsKindAndNothingIsKeptOpen()
    {
        using TemporaryBpffs pins = new();
        using Counters counters = Counters.Load("count_raw");
        counters["count_raw"].Pin(pins.Pin("p"));
        counters.Map("counters").Pin(pins.Pin("m"));
        using (BpfLink link = counters["count_raw"].Attach())
            link.Pin(pins.Pin("l"));
        Directory.CreateDirectory(pins.Pin("d"));
        File.CreateSymbolicLink(pins.Pin("s"), "m");
        int open = OpenDescriptors();
        Dictionary<string, PinEntry> entries = pins.Bpf.List(pins.Path).ToDictionary(entry => entry.Name);
        Assert.Equal(open, OpenDescriptors());
        Assert.Equal((ObjectKind.Program, counters["count_raw"].Id), (entries["p"].Kind, entries["p"].Id));
        Assert.Equal((ObjectKind.Map, counters.Map("counters").Id), (entries["m"].Kind, entries["m"].Id));
        Assert.Equal(ObjectKind.Link, entries["l"].Kind);
        Assert.Equal((PinnedNameType.Directory, PinnedNameType.SymbolicLink), (entries["d"].Type, entries["s"].Type));
        Assert.Equal(PinnedNameType.Other, entries["maps.debug"].Type);
    }

    [Fact]
    public void OutsideABpffsCauseAndRemedyAreTold()
    {
        Privilege.Require();
        using Bpf bpf = Bpf.OpenKernel();
        using BpfMap map = bpf.CreateMap(MapType.Array, 4, 4, 1);
        string directory = Directory.CreateTempSubdirectory("holdfast-kernel-test-").FullName;
        File.WriteAllText(Path.Combine(directory, "file"), "");
        foreach ((Action action, Errno errno) in new (Action, Errno)[]
        {
            (() => map.Pin(Path.Combine(directory, "m")), Errno.EPERM),
            (() => _ = bpf.List(directory).Count(), Errno.EINVAL),
        })
        {
            BpfException failure = Assert.Throws<BpfException>(action);
            Assert.Equal(errno, failure.Errno);
            Assert.Contains($"{directory} is not in a bpffs; mount one: holdfast mount", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
        }

        Assert.Contains("outside any bpffs", Assert.Throws<BpfException>(() => bpf.OpenPinned(Path.Combine(directory, "file"))).Message, StringComparison.Ordinal);
        Assert.Contains("outside any bpffs", Assert.Throws<BpfException>(() => bpf.Unpin(Path.Combine(directory, "file"))).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(directory, "file")));
        Assert.Contains("there is no directory", Assert.Throws<BpfException>(() => map.Pin(Path.Combine(directory, "missing/m"))).Message, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    private static BpffsOptions Options(TemporaryBpffs pins) => pins.Bpf.Mounts.Single(mount => mount.Path == pins.Path).Options;

    private static IEnumerable<string> Names(TemporaryBpffs pins) =>
        pins.Bpf.List(pins.Path).Select(entry => entry.Name).Where(name => !name.Contains('.', StringComparison.Ordinal)).Order();

    private static int OpenDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Count(path => new FileInfo(path).LinkTarget?.Contains("bpf", StringComparison.Ordinal) == true);
}
