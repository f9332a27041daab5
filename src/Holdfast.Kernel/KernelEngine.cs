using Holdfast.Isa.Abi;
using Holdfast.Kernel.Attachment;
using Holdfast.Kernel.Diagnosis;
using Holdfast.Kernel.FileSystem;
using Holdfast.Kernel.Interop;
using Holdfast.Kernel.Netlink;

namespace Holdfast.Kernel;

/// <summary>The kernel engine: every command goes to bpf(2) unchanged, and the kernel's answer comes back unchanged.</summary>
public sealed partial class KernelEngine : IBpfEngine, IPinFileSystem, IObjectInspection, IAttachmentEngine, IMemlockEngine
{
    private static int _replacements;

    /// <inheritdoc/>
    public string Name => "kernel";

    /// <inheritdoc/>
    public string DefaultMount => BpffsMounts.DefaultPath;

    /// <inheritdoc/>
    public string? LastFailure => Failures.Last;

    /// <inheritdoc/>
    public IReadOnlyList<BpffsMount> Mounts => BpffsMounts.All();

    /// <inheritdoc/>
    public bool CountsMemlock => MemlockLimit.IsCounted;

    /// <inheritdoc/>
    public int Invoke(BpfCommand command, Span<byte> attribute)
    {
        int result = Native.Bpf((int)command, attribute);
        return result >= 0 ? result : Failures.Of(result, Explanation.Of(command, attribute, (Errno)(-result)));
    }

    /// <inheritdoc/>
    public int Close(int descriptor) => Failures.Of(Native.Close(descriptor), null);

    /// <inheritdoc/>
    public ObjectKind KindOf(int descriptor) => DescriptorScan.KindOf(new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget);

    /// <inheritdoc/>
    public int ReadFdInfo(int descriptor, out string text)
    {
        text = "";
        string path = $"/proc/self/fdinfo/{descriptor}";
        if (KindOf(descriptor) == ObjectKind.None || !File.Exists(path))
            return Failures.Of(Errno.EBADF, $"descriptor {descriptor} is no object's");
        text = FdInfoText.OwnLines(File.ReadAllText(path));
        return 0;
    }

    /// <inheritdoc/>
    public IEnumerable<ObjectHolder> Holders() => DescriptorScan.Holders();

    /// <inheritdoc/>
    public int Mount(string directory, BpffsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Mounter.Mount(directory, options);
    }

    /// <inheritdoc/>
    public int Remount(string directory, BpffsOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Mounter.Remount(directory, options);
    }

    /// <inheritdoc/>
    public int Unmount(string directory, bool lazy) => Mounter.Unmount(directory, lazy);

    /// <inheritdoc/>
    public int FileSystemMagic(string path, out uint magic)
    {
        int result = Native.FileSystemType(path, out long type);
        magic = (uint)type;
        return Failures.Of(result, null);
    }

    /// <inheritdoc/>
    public int TryList(string directory, out IEnumerable<PinnedName> names) => new PinWalker(this).TryList(directory, out names);

    /// <inheritdoc/>
    public int Unpin(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Path.Exists(path) && !BpffsMounts.IsBpffs(path))
            return Failures.Of(Errno.EINVAL, "it is no pin: it lies outside any bpffs, and is left alone");
        int result = Native.Unlink(path);
        return Failures.Of(result, result switch
        {
            -(int)Errno.ENOENT => "there is no such pin",
            -(int)Errno.EISDIR => "it is a directory; remove it with rmdir when its pins are gone",
            _ => null,
        });
    }

    /// <inheritdoc/>
    public int Replace(int descriptor, string path)
    {
        ArgumentNullException.ThrowIfNull(path);

        // Whoever dies before the rename leaves a second name of the new object beside the old one, which keeps its own.
        string staged = Path.Combine(Path.GetDirectoryName(path)!, $"replacing_{Environment.ProcessId}_{Interlocked.Increment(ref _replacements)}");
        int result = this.Pin(descriptor, staged);
        if (result < 0)
            return result;
        result = Path.GetFileName(path).Contains('.', StringComparison.Ordinal) ? -(int)Errno.EPERM : Native.Rename(staged, path, exchange: false);
        if (result < 0)
            _ = Native.Unlink(staged);
        return Failures.Of(result, result == -(int)Errno.EISDIR ? "it is a directory" : null);
    }

    /// <inheritdoc/>
    public int Exchange(string path, string other) => Failures.Of(Native.Rename(path, other, exchange: true), null);

    /// <inheritdoc/>
    public int OpenTarget(string path)
    {
        int result = Native.Open(path, OpenFlags.ReadOnly);
        return Failures.Of(result, result == -(int)Errno.ENOENT ? $"there is no {path} to attach to" : null);
    }

    /// <inheritdoc/>
    public int OpenTracepoint(string category, string name)
    {
        ArgumentNullException.ThrowIfNull(category);
        ArgumentNullException.ThrowIfNull(name);
        return Tracepoints.Open(category, name);
    }

    /// <inheritdoc/>
    public int OpenProbe(ProbePoint point)
    {
        ArgumentNullException.ThrowIfNull(point);
        return Probes.Open(point);
    }

    /// <inheritdoc/>
    public int AttachSocket(int program, int socket) => Failures.Of(
        Native.SetSocketOption(socket, SocketConstants.SocketLevel, SocketConstants.AttachBpf, program), null);

    /// <inheritdoc/>
    public int DetachSocket(int socket)
    {
        int result = Native.SetSocketOption(socket, SocketConstants.SocketLevel, SocketConstants.DetachFilter, 0);
        return Failures.Of(result, result == -(int)Errno.ENOENT ? "the socket has no filter" : null);
    }

    /// <inheritdoc/>
    public int AttachFilter(int program, ref TrafficFilter filter) => ClsactFilters.Attach(program, ref filter);

    /// <inheritdoc/>
    public int DetachFilter(TrafficFilter filter) => ClsactFilters.Detach(filter);

    /// <inheritdoc/>
    public int RaiseMemlock(out string? note) => MemlockLimit.Raise(CountsMemlock, out note);

    /// <summary>Nothing to let go of: descriptors belong to their handles.</summary>
    public void Dispose()
    {
    }
}
