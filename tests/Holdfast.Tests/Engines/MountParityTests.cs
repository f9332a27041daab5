using System.Diagnostics;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Rows of <c>docs/parity.md</c> on mounts: the kernel covers a directory, ours is the directory.</summary>
public sealed class MountParityTests : IDisposable
{
    private readonly string _path = Directory.CreateDirectory("/dev/shm/holdfast-mount-" + Guid.NewGuid().ToString("N")).FullName;
    private EngineUnderTest? _engine;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    public void Dispose()
    {
        _engine?.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMountCoversNothing(string name)
    {
        IPinFileSystem engine = Open(name);
        File.WriteAllText(_path + "/file", "");
        Assert.Equal(_engine!.IsKernel ? Errno.None : Errno.ENOTEMPTY, Answer(engine.Mount(_path, new BpffsOptions())));
        if (!_engine.IsKernel)
        {
            File.Delete(_path + "/file");
            Assert.Equal(Errno.None, Answer(engine.Mount(_path, new BpffsOptions())));
        }

        Directory.CreateDirectory(_path + "/in");
        Assert.Equal(_engine.IsKernel ? Errno.None : Errno.EBUSY, Answer(engine.Mount(_path + "/in", new BpffsOptions())));
        Assert.Equal(Errno.EBUSY, Answer(engine.Mount(_path, new BpffsOptions())));
        if (_engine.IsKernel)
            Assert.Equal(Errno.None, Answer(engine.Unmount(_path + "/in", lazy: false)));

        Assert.Equal(Errno.None, Answer(engine.Unmount(_path, lazy: false)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheDirectoryKeepsItsMode(string name)
    {
        IPinFileSystem engine = Open(name);
        Tools.Run("chmod", "755", _path);
        Assert.Equal(Errno.None, Answer(engine.Mount(_path, new BpffsOptions { Mode = 0x1E8 })));
        Assert.Equal(_engine!.IsKernel ? "1750" : "750", Tools.Run("stat", "-c", "%a", _path));
        Assert.Equal(Errno.None, Answer(engine.Unmount(_path, lazy: false)));
        Assert.Equal(_engine.IsKernel ? "755" : "750", Tools.Run("stat", "-c", "%a", _path));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AReadOnlyMountBindsTheLibraryOnly(string name)
    {
        IPinFileSystem engine = Open(name);
        using BpfMap map = _engine!.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        Assert.Equal(Errno.None, Answer(engine.Mount(_path, new BpffsOptions())));
        map.Pin(_path + "/m");
        Assert.Equal(Errno.None, Answer(engine.Remount(_path, new BpffsOptions { ReadOnly = true })));
        Assert.Equal(Errno.EROFS, Answer(_engine.Bpf.Engine.Pin(map.Handle.Descriptor, _path + "/n")));
        Assert.Equal(_engine.IsKernel, Record.Exception(() => File.Delete(_path + "/m")) is IOException);
        Assert.Equal(Errno.None, Answer(engine.Unmount(_path, lazy: false)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ALazyUnmountReleasesAtOnce(string name)
    {
        IPinFileSystem engine = Open(name);
        uint id;
        Assert.Equal(Errno.None, Answer(engine.Mount(_path, new BpffsOptions())));
        using (BpfMap map = _engine!.Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            id = map.Id;
            map.Pin(_path + "/m");
        }

        using Process inside = Process.Start(new ProcessStartInfo("sleep", "60") { WorkingDirectory = _path })!;
        Assert.Equal(Errno.None, Answer(engine.Unmount(_path, lazy: true)));
        if (_engine.IsKernel)
            Assert.True(Eventually.Exists(_engine.Bpf.Engine, ObjectKind.Map, id));
        else
            Eventually.Gone(_engine.Bpf.Engine, ObjectKind.Map, id);
        inside.Kill();
        inside.WaitForExit();
        Eventually.Gone(_engine.Bpf.Engine, ObjectKind.Map, id);
    }

    private IPinFileSystem Open(string name)
    {
        _engine = EngineUnderTest.Open(name);
        return (IPinFileSystem)_engine.Bpf.Engine;
    }
}
