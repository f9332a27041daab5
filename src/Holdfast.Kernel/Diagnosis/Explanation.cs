using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.FileSystem;

namespace Holdfast.Kernel.Diagnosis;

/// <summary>
/// Says why the kernel refused a command, where more can be found out than its error number tells. It runs after failures only, and
/// says nothing where it would have to guess.
/// </summary>
internal static class Explanation
{
    /// <summary>Cause and remedy in one line, or null.</summary>
    public static string? Of(BpfCommand command, ReadOnlySpan<byte> attribute, Errno errno) => command switch
    {
        BpfCommand.ObjPin or BpfCommand.ObjGet => OfPath(command, attribute, errno),
        _ when errno == Errno.ENOSYS => "the running kernel has no bpf(2); it wants CONFIG_BPF_SYSCALL=y",
        _ when errno == Errno.EPERM => OfPermission(command, attribute),
        _ => null,
    };

    private static string? OfPermission(BpfCommand command, ReadOnlySpan<byte> attribute)
    {
        if (Missing(command, attribute) is { } missing)
            return missing;
        if (command is BpfCommand.MapCreate or BpfCommand.ProgLoad or BpfCommand.BtfLoad && MemlockLimit.Explain() is { } limit)
            return limit;
        return command == BpfCommand.ProgLoad && Read<ProgLoadAttribute>(attribute).ProgType is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext
            ? "the kernel refuses programs of this type although the process is privileged; a lockdown or the host of this machine forbids them"
            : null;
    }

    /// <summary>The first capability that the command wants and the process lacks.</summary>
    private static string? Missing(BpfCommand command, ReadOnlySpan<byte> attribute)
    {
        if (command is BpfCommand.MapGetNextId or BpfCommand.ProgGetNextId or BpfCommand.BtfGetNextId or BpfCommand.LinkGetNextId
            or BpfCommand.MapGetFdById or BpfCommand.ProgGetFdById or BpfCommand.BtfGetFdById or BpfCommand.LinkGetFdById)
        {
            return Lacks(Capabilities.SysAdmin, "CAP_SYS_ADMIN", "looking for objects by id");
        }

        if (command is BpfCommand.MapCreate or BpfCommand.ProgLoad or BpfCommand.BtfLoad && !Capabilities.Has(Capabilities.Bpf))
            return Lacks(Capabilities.Bpf, "CAP_BPF", command == BpfCommand.MapCreate ? "creating maps" : command == BpfCommand.ProgLoad ? "loading programs" : "loading BTF");
        if (command != BpfCommand.ProgLoad)
            return command is BpfCommand.LinkCreate or BpfCommand.ProgAttach ? Lacks(Capabilities.NetAdmin, "CAP_NET_ADMIN", "attaching to the network") : null;
        return Read<ProgLoadAttribute>(attribute).ProgType switch
        {
            ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable
                or ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext => Lacks(Capabilities.PerfMon, "CAP_PERFMON", "loading tracing programs"),
            ProgramType.SocketFilter or ProgramType.Syscall => null,
            _ => Lacks(Capabilities.NetAdmin, "CAP_NET_ADMIN", "loading network programs"),
        };
    }

    private static string? Lacks(int capability, string name, string what) =>
        Capabilities.Has(capability) ? null : $"{what} needs {name}, which this process lacks; run as root, or grant it (setcap, systemd's AmbientCapabilities)";

    private static string? OfPath(BpfCommand command, ReadOnlySpan<byte> attribute, Errno errno)
    {
        ObjectPathAttribute path = Read<ObjectPathAttribute>(attribute);
        if (path.Pathname == 0 || errno is not (Errno.EPERM or Errno.ENOENT or Errno.EINVAL or Errno.EACCES))
            return null;

        // Safe: the kernel has read the text at this address just now, or else had answered EFAULT.
        string text = Marshal.PtrToStringUTF8((nint)path.Pathname) ?? "";
        return path.PathFd != 0 || text.Length == 0 ? null : command == BpfCommand.ObjPin ? OfPin(text, errno) : OfGet(text, errno);
    }

    private static string? OfPin(string path, Errno errno)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        if (!Directory.Exists(directory))
            return directory == BpffsMounts.DefaultPath || File.Exists(directory) ? null : $"there is no directory {directory}; make it";
        if (errno != Errno.EPERM)
            return null;
        if (!BpffsMounts.IsBpffs(directory))
            return BpffsMounts.Missing(directory);
        return Path.GetFileName(path).Contains('.', StringComparison.Ordinal) ? "names with a dot are reserved; choose another" : null;
    }

    private static string? OfGet(string path, Errno errno)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        if (errno == Errno.ENOENT)
            return directory == BpffsMounts.DefaultPath && !BpffsMounts.IsBpffs(directory) ? BpffsMounts.Missing(directory) : "there is no such pin";
        if (errno == Errno.EPERM && Path.GetFileName(path).Contains('.', StringComparison.Ordinal))
            return "names with a dot are reserved in a bpffs";
        if (errno == Errno.EACCES && Directory.Exists(path))
            return $"{path} is not a pinned object";
        return errno == Errno.EACCES && File.Exists(path) && !BpffsMounts.IsBpffs(path) ? "it is no pin: it lies outside any bpffs" : null;
    }

    private static T Read<T>(ReadOnlySpan<byte> attribute)
        where T : unmanaged
    {
        Span<byte> whole = stackalloc byte[System.Runtime.CompilerServices.Unsafe.SizeOf<T>()];
        whole.Clear();
        attribute[..Math.Min(attribute.Length, whole.Length)].CopyTo(whole);
        return MemoryMarshal.Read<T>(whole);
    }
}
