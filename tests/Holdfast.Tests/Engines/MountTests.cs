using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Microsoft.Win32.SafeHandles;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Mounts of file systems of pins, as SEMANTICS 2.1 and 2.2 say, on both engines.</summary>
public sealed class MountTests : IDisposable
{
    private const uint Magic = 0xcafe4a11; // BPF_FS_MAGIC

    private readonly List<string> _mounted = [];
    private EngineUnderTest? _engine;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    private Bpf Bpf => _engine!.Bpf;

    private IPinFileSystem FileSystem => (IPinFileSystem)Bpf.Engine;

    public void Dispose()
    {
        foreach (string path in _mounted.Where(path => Bpf.Mounts.Any(mount => mount.Path == path)))
            Bpf.Unmount(path, lazy: true);
        _engine?.Dispose();
        _mounted.ForEach(Directory.Delete);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void MountsAreIndependentOfOneAnother(string name)
    {
        string one = Mounted(name), two = Mounted(name);
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1), other = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(one + "/m");
        other.Pin(two + "/m");
        map.Pin(two + "/n");
        Assert.Equal(map.Id, Id(one + "/m"));
        Assert.Equal(other.Id, Id(two + "/m"));
        Assert.Equal(map.Id, Id(two + "/n"));
        Assert.Equal(["m"], Bpf.List(one).Select(entry => entry.Name).Where(entry => !entry.Contains('.', StringComparison.Ordinal)));
        Bpf.Unmount(one);
        Assert.Equal(map.Id, Id(two + "/n"));
        Assert.Equal(Errno.ENOENT, Answer(Bpf.Engine.Get(one + "/m")));
        Assert.DoesNotContain(Bpf.Mounts, mount => mount.Path == one);
        Assert.Contains(Bpf.Mounts, mount => mount.Path == two);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void OptionsAreReadBackAndChangedByRemount(string name)
    {
        string path = Mounted(name);
        Assert.EndsWith("700", Tools.Run("stat", "-c", "%a", path), StringComparison.Ordinal);
        Assert.Equal(new BpffsOptions { User = 0, Group = 0, Mode = 0x1C0, ReadOnly = false }.ToString(), Options(path));
        Bpf.Remount(path, "uid=12,mode=0750");
        Assert.Equal("uid=12,gid=0,mode=750,rw", Options(path));
        Bpf.Remount(path, "gid=34");
        Assert.Equal("uid=12,gid=34,mode=750,rw", Options(path));
        Assert.Equal("12 34 750", Tools.Run("stat", "-c", "%u %g %a", path));
        string given = Mounted(name, "uid=5,gid=6,mode=770");
        Assert.Equal("uid=5,gid=6,mode=770,rw", Options(given));
        foreach (string bad in new[] { "bogus", "uid=x", "mode=9", "uid=", "pin=nobody" })
        {
            Assert.Equal(Errno.EINVAL, Refused(() => Bpf.Remount(path, bad)));
            Assert.Equal(Errno.EINVAL, Refused(() => Bpf.Mount(path, bad)));
        }

        Assert.Equal(Errno.EINVAL, Refused(() => Bpf.Remount(Path.GetDirectoryName(path)!, "mode=700")));
        Assert.Equal("uid=12,gid=34,mode=750,rw", Options(path));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AReadOnlyMountTakesAndLosesNoPins(string name)
    {
        string path = Mounted(name);
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(path + "/m");
        Bpf.Remount(path, "ro");
        Assert.Equal("uid=0,gid=0,mode=700,ro", Options(path));
        int descriptor = map.Handle.Descriptor;
        Assert.Equal(Errno.EROFS, Answer(Bpf.Engine.Pin(descriptor, path + "/n")));
        Assert.Equal(Errno.EEXIST, Answer(Bpf.Engine.Pin(descriptor, path + "/m")));
        Assert.Equal(Errno.EROFS, Answer(FileSystem.Unpin(path + "/m")));
        Assert.Equal(map.Id, Id(path + "/m"));
        Bpf.Remount(path, "rw");
        Bpf.Unpin(path + "/m");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void UnmountingReleasesThePinsBelow(string name)
    {
        string path = Mounted(name);
        uint id;
        Directory.CreateDirectory(path + "/a/b");
        using (BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            id = map.Id;
            map.Pin(path + "/a/b/m");
            map.Pin(path + "/m");
        }

        Bpf.Unmount(path);
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
        Eventually.Gone(Bpf.Engine, ObjectKind.Map, id);
        Assert.Equal(Errno.EINVAL, Refused(() => Bpf.Unmount(path)));
        using BpfMap again = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        Assert.Equal(Errno.EPERM, Answer(Bpf.Engine.Pin(again.Handle.Descriptor, path + "/m")));
    }

    /// <summary>A working directory below it, or an open directory, is a use; an open object isn't.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void AMountInUseIsUnmountedLazilyOnly(string name)
    {
        string path = Mounted(name);
        Directory.CreateDirectory(path + "/in");
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(path + "/m");
        using BpfMap got = Bpf.OpenPinnedMap(path + "/m");
        using (Process inside = Process.Start(new ProcessStartInfo("sleep", "60") { WorkingDirectory = path + "/in" })!)
        {
            Assert.Equal(Errno.EBUSY, Refused(() => Bpf.Unmount(path)));
            Assert.Equal(map.Id, Id(path + "/m"));
            inside.Kill();
            inside.WaitForExit();
        }

        Bpf.Unmount(path);
        string again = Mounted(name);
        using (Process inside = Process.Start(new ProcessStartInfo("sleep", "60") { WorkingDirectory = again })!)
        {
            Bpf.Unmount(again, lazy: true);
            Assert.DoesNotContain(Bpf.Mounts, mount => mount.Path == again);
            inside.Kill();
            inside.WaitForExit();
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheMagicNumberIsBpffs(string name)
    {
        string path = Mounted(name);
        Directory.CreateDirectory(path + "/a");
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(path + "/a/m");
        foreach (string inside in new[] { path, path + "/a", path + "/a/m" })
            Assert.Equal(Magic, Bpf.ReadFileSystemMagic(inside));
        Assert.Equal(0x9FA0u, Bpf.ReadFileSystemMagic("/proc")); // PROC_SUPER_MAGIC
        Assert.Equal(0x01021994u, Bpf.ReadFileSystemMagic("/dev/shm")); // TMPFS_MAGIC
        Assert.Equal(Errno.ENOENT, Refused(() => Bpf.ReadFileSystemMagic(path + "/none")));
        Assert.Equal(Magic, Bpffs.Magic);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void PathsMayStartAtADirectorysDescriptor(string name)
    {
        string path = Mounted(name);
        Directory.CreateDirectory(path + "/a");
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using SafeFileHandle directory = Tools.OpenDirectory(path + "/a");
        Directory.Move(path + "/a", path + "/b");
        map.Pin(directory, "m");
        Assert.Equal(map.Id, Id(path + "/b/m"));
        using (BpfMap got = (BpfMap)Bpf.OpenPinned(directory, "m"))
            Assert.Equal(map.Id, got.Id);
        using (BpfMap got = (BpfMap)Bpf.OpenPinned(directory, "../b/m", MapFlags.ReadOnly))
            Assert.Equal(map.Id, got.Id);
        Assert.Equal(Errno.EEXIST, Refused(() => map.Pin(directory, "m")));
        Assert.Equal(Errno.ENOENT, Refused(() => Bpf.OpenPinned(directory, "none").Dispose()));
        int descriptor = map.Handle.Descriptor;
        Assert.Equal(Errno.EBADF, Answer(Bpf.Engine.Pin(descriptor, "x", 4000)));
        Assert.Equal(Errno.EBADF, Answer(Bpf.Engine.Get("x", directory: 4000)));
        Assert.Equal(Errno.ENOTDIR, Answer(Bpf.Engine.Pin(descriptor, "x", descriptor)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void SymbolicLinksAreFollowedOnTheWay(string name)
    {
        string path = Mounted(name), outside = Directory.CreateTempSubdirectory("holdfast-links-").FullName;
        Directory.CreateDirectory(path + "/a");
        Tools.Run("ln", "-s", "a", path + "/inner");
        Tools.Run("ln", "-s", path, outside + "/outer");
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(path + "/inner/m");
        map.Pin(outside + "/outer/n");
        Tools.Run("ln", "-s", "a/m", path + "/last");
        Assert.Equal(map.Id, Id(path + "/last"));
        Assert.Equal(map.Id, Id(outside + "/outer/a/m"));
        Assert.Equal(Errno.EEXIST, Answer(Bpf.Engine.Pin(map.Handle.Descriptor, path + "/last")));
        Assert.Equal(map.Id, Id(path + "/n"));
        Directory.Delete(outside, recursive: true);
    }

    /// <summary>(operation, situation) of mounting, answered by both alike.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void MountingIsRefusedAlike(string name) => AnswerSheet.Check(name, "mounts", sheet =>
    {
        IPinFileSystem engine = (IPinFileSystem)sheet.Bpf;
        string folder = Directory.CreateDirectory("/dev/shm/holdfast-mounts-" + Guid.NewGuid().ToString("N")).FullName, mounted = folder + "/dir";
        Directory.CreateDirectory(mounted);
        File.WriteAllText(folder + "/file", "");
        File.CreateSymbolicLink(folder + "/dangling", "nothing");
        File.CreateSymbolicLink(folder + "/loop", "loop");
        foreach (string path in new[] { "missing", "missing/x", "file", "file/x", "dangling" })
        {
            sheet.Add($"mount at {path}", engine.Mount($"{folder}/{path}", new BpffsOptions()));
            sheet.Add($"remount {path}", engine.Remount($"{folder}/{path}", new BpffsOptions { Mode = 0x1C0 }) < 0 ? "refused" : "done");
            sheet.Add($"umount {path}", engine.Unmount($"{folder}/{path}", lazy: false) < 0 ? "refused" : "done");
        }

        sheet.Add("umount of a directory", engine.Unmount(mounted, lazy: false));
        sheet.Add("remount of a directory", engine.Remount(mounted, new BpffsOptions { Mode = 0x1C0 }));
        sheet.Add("mount", engine.Mount(mounted, new BpffsOptions { Mode = 0x1ED }));
        Directory.CreateDirectory(mounted + "/a");
        sheet.Add("umount of a directory in it", engine.Unmount(mounted + "/a", lazy: false));
        sheet.Add("remount of a directory in it", engine.Remount(mounted + "/a", new BpffsOptions { Mode = 0x1C0 }));
        sheet.Add("remount", engine.Remount(mounted, new BpffsOptions { Mode = 0x1C0 }));
        sheet.Add("remount with tokens", engine.Remount(mounted, new BpffsOptions { Delegations = ["delegate_cmds=any"] }));
        sheet.Add("umount", engine.Unmount(mounted, lazy: false));
        sheet.Add("umount again", engine.Unmount(mounted, lazy: false));
        sheet.Add("lazy umount of nothing", engine.Unmount(mounted, lazy: true));
        sheet.Add("mount again", engine.Mount(mounted, new BpffsOptions()));
        sheet.Add("lazy umount", engine.Unmount(mounted, lazy: true));
        Directory.Delete(folder, recursive: true);
    });

    /// <summary>What the stock tools do in a mount ends as what our own calls do.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void StockToolsAndOurCallsEndAlike(string name)
    {
        string byTools = Mounted(name), byCalls = Mounted(name);
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(byTools + "/one");
        map.Pin(byCalls + "/one");
        Tools.Run("mkdir", "-p", byTools + "/a/b");
        Tools.Run("ln", byTools + "/one", byTools + "/a/two");
        Tools.Run("mv", byTools + "/one", byTools + "/a/b/three");
        Tools.Run("rm", byTools + "/a/two");
        Directory.CreateDirectory(byCalls + "/a/b");
        map.Pin(byCalls + "/a/two");
        map.Pin(byCalls + "/a/b/three");
        Bpf.Unpin(byCalls + "/one");
        Bpf.Unpin(byCalls + "/a/two");
        string[] names = [.. new[] { byTools, byCalls }.Select(path => Tools.Run("find", path, "-mindepth", "1", "-not", "-name", "*.*", "-printf", "%P %y %m\\n"))];
        Assert.Equal(names[0], names[1]);
        Assert.Equal(map.Id, Id(byTools + "/a/b/three"));
        Tools.Run("chmod", "640", byTools + "/a/b/three");
        Tools.Run("chown", "12:34", byTools + "/a/b/three");
        Assert.Equal("12 34 640", Tools.Run("stat", "-c", "%u %g %a", byTools + "/a/b/three"));
        Assert.Equal(map.Id, Id(byTools + "/a/b/three"));
        Tools.Run("rm", "-r", byTools + "/a", byCalls + "/a");
        Assert.Equal(Errno.ENOENT, Answer(Bpf.Engine.Get(byTools + "/a/b/three")));
    }

    /// <summary>A row of <c>docs/parity.md</c>: pins of a store tell their kind to any tool.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void PinsTellTheirKindByAnAttribute(string name)
    {
        string path = Mounted(name);
        int program = Programs.Accept(Bpf.Engine, Programs.ReturnOne);
        using BpfMap map = Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(path + "/m");
        Assert.Equal(0, Bpf.Engine.Pin(program, path + "/p"));
        Bpf.Engine.Close(program);
        foreach ((string pin, string kind) in new[] { ("m", "map"), ("p", "prog") })
        {
            string[] command = ["--absolute-names", "--only-values", "-n", "user.bpf.type", $"{path}/{pin}"];
            if (_engine!.IsKernel)
                Assert.ThrowsAny<Exception>(() => Tools.Run("getfattr", command));
            else
                Assert.Equal(kind, Tools.Run("getfattr", command));
        }
    }

    private string Mounted(string name, string options = "")
    {
        _engine ??= EngineUnderTest.Open(name);
        string path = Directory.CreateTempSubdirectory("holdfast-mount-").FullName;
        if (!_engine.IsKernel)
        {
            Directory.Delete(path);
            path = Path.Combine("/dev/shm", Path.GetFileName(path));
            Directory.CreateDirectory(path);
        }

        _mounted.Add(path);
        Bpf.Mount(path, options);
        return path;
    }

    /// <summary>The kernel adds the sticky bit to the mode that it is mounted with.</summary>
    private string Options(string path) =>
        Bpf.Mounts.Single(mount => mount.Path == path).Options.ToString().Replace("mode=1", "mode=", StringComparison.Ordinal);

    private uint Id(string path)
    {
        using BpfMap map = Bpf.OpenPinnedMap(path);
        return map.Id;
    }

    private static Errno Refused(Action action) => Assert.Throws<BpfException>(action).Errno;
}
