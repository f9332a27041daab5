using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_OBJ_PIN and BPF_OBJ_GET.</summary>
internal sealed class PathCommands(EngineState engine)
{
    private const uint PathFd = 1u << 14; // BPF_F_PATH_FD
    private const int UsualPath = 256;

    /// <summary>Gives an object a name.</summary>
    public int Pin(in ObjectPathAttribute attribute)
    {
        if ((attribute.FileFlags & ~PathFd) != 0)
            return Failures.Of(Errno.EINVAL, "BPF_OBJ_PIN takes no flags but BPF_F_PATH_FD");
        if (!TryBase(attribute, out int directory, out int failure))
            return failure;
        // EINVAL, not EBADF, for what is no object or no descriptor at all: bpf_fd_probe_obj tells no difference. Before the path is read.
        if (!engine.Descriptors.TryGet((int)attribute.BpfFd, out DescriptorEntry? entry, out StorageError? error))
            return Failures.Of(Errno.EINVAL, error.Message);
        if (!TryPath(attribute, stackalloc byte[UsualPath], out Span<byte> path, out failure))
            return failure;
        error = engine.Store.Bpffs.Pin(entry.File, path, directory);
        return error is null ? 0 : Failures.Of(error);
    }

    /// <summary>Opens a pinned object anew.</summary>
    public int Get(in ObjectPathAttribute attribute)
    {
        const uint ReadOnly = (uint)MapFlags.ReadOnly, WriteOnly = (uint)MapFlags.WriteOnly;
        if (attribute.BpfFd != 0 || (attribute.FileFlags & ~(PathFd | ReadOnly | WriteOnly)) != 0)
            return Failures.Of(Errno.EINVAL, "BPF_OBJ_GET takes BPF_F_RDONLY, BPF_F_WRONLY and BPF_F_PATH_FD");
        if (!ObjectAccessFlags.TryRead((MapFlags)attribute.FileFlags, out ObjectAccess access))
            return Failures.Of(Errno.EINVAL, "BPF_F_RDONLY and BPF_F_WRONLY exclude each other");
        if (!TryBase(attribute, out int directory, out int failure) || !TryPath(attribute, stackalloc byte[UsualPath], out Span<byte> path, out failure))
            return failure;
        return engine.Store.Bpffs.TryOpenPinned(path, access, out ObjectFile? file, out StorageError? error, directory)
            ? engine.Descriptors.Add(file)
            : Failures.Of(error);
    }

    private static bool TryBase(in ObjectPathAttribute attribute, out int directory, out int failure)
    {
        bool relative = (attribute.FileFlags & PathFd) != 0;
        directory = relative ? attribute.PathFd : Bpffs.WorkingDirectory;
        failure = !relative && attribute.PathFd != 0 ? Failures.Of(Errno.EINVAL, "path_fd is given without BPF_F_PATH_FD") : 0;
        return failure == 0;
    }

    private static bool TryPath(in ObjectPathAttribute attribute, Span<byte> room, out Span<byte> path, out int failure)
    {
        Errno errno = UserMemory.TryString(attribute.Pathname, UserMemory.MaximumString, room, out path);
        failure = errno == Errno.None ? 0 : Failures.Of(errno, "the path is missing, or longer than 4095 bytes");
        return failure == 0;
    }
}
