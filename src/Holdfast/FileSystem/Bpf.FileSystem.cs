using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast;

/// <content>File systems of pins.</content>
public sealed partial class Bpf
{
    /// <summary>The mounted file systems of pins.</summary>
    /// <exception cref="BpfException">EOPNOTSUPP: the engine has none to mount.</exception>
    public IReadOnlyList<BpffsMount> Mounts => Pins.Require(Engine).Mounts;

    /// <summary>Mounts a new, empty file system of pins over a directory.</summary>
    /// <param name="directory">The directory; bare names are taken as relative to the current one.</param>
    /// <param name="options">Options as mount(8) spells them: <c>uid=1000,gid=1000,mode=0750</c>.</param>
    /// <exception cref="BpfException">EINVAL: an option isn't known; EPERM: not privileged; ENOENT, ENOTDIR: no directory.</exception>
    public void Mount(string directory, string options = "")
    {
        BpffsOptions parsed = ParseOptions(directory, options);
        string full = Path.GetFullPath(directory);
        Failure.Check(Engine, Pins.Require(Engine).Mount(full, parsed), $"mount {full}");
    }

    /// <summary>Changes the options of a mounted file system of pins; those not given stay.</summary>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="options">Options as for <see cref="Mount"/>.</param>
    /// <exception cref="BpfException">EINVAL: an option isn't known, or no file system of pins is mounted there; EPERM: not privileged.</exception>
    public void Remount(string directory, string options)
    {
        BpffsOptions parsed = ParseOptions(directory, options);
        string full = Path.GetFullPath(directory);
        Failure.Check(Engine, Pins.Require(Engine).Remount(full, parsed), $"remount {full}");
    }

    /// <summary>Unmounts a file system of pins; its names are gone with it.</summary>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="lazy">Whether it goes even while processes work in it.</param>
    /// <exception cref="BpfException">EINVAL: none is mounted there; EBUSY: it is in use; EPERM: not privileged.</exception>
    public void Unmount(string directory, bool lazy = false)
    {
        ArgumentNullException.ThrowIfNull(directory);
        string full = Path.GetFullPath(directory);
        Failure.Check(Engine, Pins.Require(Engine).Unmount(full, lazy), $"unmount {full}");
    }

    /// <summary>The magic number of the file system that a path is on, as statfs(2) tells it.</summary>
    /// <param name="path">A path; a bare name is one in <see cref="DefaultMount"/>.</param>
    /// <returns><c>0xcafe4a11</c> (<c>BPF_FS_MAGIC</c>) in a mounted file system of pins.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, …</exception>
    public uint ReadFileSystemMagic(string path)
    {
        string full = ResolvePath(path);
        Failure.Check(Engine, Pins.Require(Engine).FileSystemMagic(full, out uint magic), $"look at {full}");
        return magic;
    }

    /// <summary>Opens what is pinned by a name relative to an open directory (BPF_F_PATH_FD), wherever that has been moved to.</summary>
    /// <param name="directory">A descriptor of the directory; <c>O_PATH</c> is enough.</param>
    /// <param name="name">The name below it.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, <see cref="MapFlags.WriteOnly"/> or neither.</param>
    /// <returns>A <see cref="BpfMap"/>, <see cref="BpfProgram"/> or <see cref="BpfLink"/>.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, EINVAL, EBADF.</exception>
    public BpfHandle OpenPinned(SafeHandle directory, string name, MapFlags flags = MapFlags.None)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using DescriptorUse use = new(directory);
        return Adopt(Failure.Check(Engine, Engine.Get(name, flags, use.Descriptor), $"open {name}"));
    }

    /// <summary>Lists a directory of pins: what each name is. No object is kept open.</summary>
    /// <param name="path">The directory; a bare name is one in <see cref="DefaultMount"/>.</param>
    /// <returns>Its entries, one by one.</returns>
    /// <exception cref="BpfException">It is no directory of pins, or can't be read.</exception>
    public IEnumerable<PinEntry> List(string path)
    {
        string full = ResolvePath(path);
        if (Store is not null)
            return BpfStore.List(full);
        Failure.Check(Engine, Pins.Require(Engine).TryList(full, out IEnumerable<PinnedName> names), $"list {full}");
        return names.Select(Entry);
    }

    private static BpffsOptions ParseOptions(string directory, string options)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(options);
        return BpffsOptions.TryParse(options, out BpffsOptions? parsed, out string? error)
            ? parsed
            : throw new BpfException(Errno.EINVAL, $"mount {directory}: {error} [{Errno.EINVAL}]");
    }

    private static PinEntry Entry(PinnedName name) =>
        new(name.Name, name.Type, name.Kind, name.Id, name.ObjectName, name.Mode, name.User, 0, 0, name.AllocatedBytes, Guid.Empty);
}
