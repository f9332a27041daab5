using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Demo;

/// <summary>The directory of the demo's pins. Where the kernel has no bpffs mounted at the customary place, one is mounted for the demo.</summary>
internal sealed class DemoDirectory
{
    private readonly Bpf _bpf;
    private readonly string? _mount;

    private DemoDirectory(Bpf bpf, string path, string? mount)
    {
        _bpf = bpf;
        _mount = mount;
        Path = path;
    }

    /// <summary>Where the pins go.</summary>
    public string Path { get; }

    /// <summary>Makes it.</summary>
    public static DemoDirectory Create(Bpf bpf, CommandContext context)
    {
        string name = $"demo_{Environment.ProcessId}";
        string? mount = null;
        if (context.UsesKernel && !bpf.Mounts.Any(mounted => mounted.Path == bpf.DefaultMount))
            mount = MountOwn(bpf);
        string path = System.IO.Path.Combine(mount ?? bpf.DefaultMount, name);
        Directory.CreateDirectory(path);
        return new(bpf, path, mount);
    }

    /// <summary>What is to be done when the pins are not wanted any more.</summary>
    public string Kept => _mount is null ? $"kept in {Path}" : $"kept in {Path} (holdfast umount {_mount} --engine kernel && rmdir {_mount} removes them)";

    /// <summary>Unpins all, and unmounts what was mounted.</summary>
    public void Remove()
    {
        foreach (string name in Directory.GetFiles(Path))
            _bpf.Unpin(name);
        Directory.Delete(Path);
        _bpf.Store?.Collect();
        if (_mount is null)
            return;
        _bpf.Unmount(_mount);
        Directory.Delete(_mount);
    }

    private static string MountOwn(Bpf bpf)
    {
        string directory = Directory.CreateTempSubdirectory("holdfast-demo-").FullName;
        try
        {
            bpf.Mount(directory);
            return directory;
        }
        catch (BpfException)
        {
            Directory.Delete(directory);
            throw;
        }
    }
}
