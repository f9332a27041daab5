using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace Holdfast.Kernel.Interop;

/// <summary>
/// The system calls of the kernel engine: a result, or the negated error number. Those that take paths are imported here, for the text's sake;
/// bpf(2) too, so that a call costs no more than it must.
/// </summary>
/// <remarks>Every address that is passed is of a span pinned for the call, with its length beside it, or of a terminated string.</remarks>
internal static unsafe partial class Native
{
    /// <summary>Opens a file or directory, close-on-exec.</summary>
    public static int Open(string path, int flags) => Result(OpenFile(path, flags | OpenFlags.CloseOnExec));

    /// <summary>Closes a descriptor.</summary>
    public static int Close(int descriptor) => Result(close(descriptor));

    /// <summary>bpf(2).</summary>
    public static int Bpf(int command, Span<byte> attribute)
    {
        // The kernel reads and writes at most attribute.Length bytes at this address.
        fixed (byte* address = attribute)
            return Result((int)SystemCall(SystemCalls.Bpf, command, (nint)address, attribute.Length, 0, 0));
    }

    /// <summary>perf_event_open(2) of an event that is enabled at once, for every process or one.</summary>
    public static int PerfEventOpen(ReadOnlySpan<byte> attribute, int process, int processor)
    {
        const int CloseOnExec = 8; // PERF_FLAG_FD_CLOEXEC
        fixed (byte* address = attribute)
            return Result((int)SystemCall(SystemCalls.PerfEventOpen, (nint)address, process, processor, -1, CloseOnExec));
    }

    /// <summary>mount(2).</summary>
    public static int Mount(string source, string target, string type, ulong flags, string options) =>
        Result(MountFileSystem(source, target, type, (nuint)flags, options));

    /// <summary>umount2(2); lazily (<c>MNT_DETACH</c>) also of what is in use.</summary>
    public static int Unmount(string target, bool lazy) => Result(UnmountFileSystem(target, lazy ? 2 : 0));

    /// <summary>The magic number of the file system that a path is on.</summary>
    public static int FileSystemType(string path, out long type)
    {
        // struct statfs takes 120 bytes on 64-bit machines; its first word is f_type.
        long* buffer = stackalloc long[32];
        int result = Result(StatFileSystem(path, buffer));
        type = result < 0 ? 0 : buffer[0];
        return result;
    }

    /// <summary>Permission bits and owner of a path.</summary>
    public static int Status(string path, out uint mode, out uint user, out uint group)
    {
        const int CurrentDirectory = -100; // AT_FDCWD
        const uint ModeUserGroup = 2 | 8 | 16; // STATX_MODE, STATX_UID, STATX_GID

        // struct statx is the same everywhere, 256 bytes: stx_uid at 20, stx_gid at 24, stx_mode at 28.
        byte* buffer = stackalloc byte[256];
        int result = Result(StatFile(CurrentDirectory, path, 0, ModeUserGroup, buffer));
        user = result < 0 ? 0 : *(uint*)(buffer + 20);
        group = result < 0 ? 0 : *(uint*)(buffer + 24);
        mode = result < 0 ? 0 : *(ushort*)(buffer + 28) & 0xFFFu;
        return result;
    }

    /// <summary>Changes a path's owner; <see cref="uint.MaxValue"/> leaves one as it is.</summary>
    public static int ChangeOwner(string path, uint user, uint group) => Result(ChangeFileOwner(path, user, group));

    /// <summary>Changes a path's permission bits.</summary>
    public static int ChangeMode(string path, uint mode) => Result(ChangeFileMode(path, mode));

    /// <summary>Removes a name.</summary>
    public static int Unlink(string path) => Result(UnlinkFile(path));

    /// <summary>renameat2(2): over what has the new name, or in exchange with it.</summary>
    public static int Rename(string from, string to, bool exchange)
    {
        const int CurrentDirectory = -100; // AT_FDCWD
        const int Exchange = 2; // RENAME_EXCHANGE
        fixed (byte* source = System.Text.Encoding.UTF8.GetBytes(from + '\0'), target = System.Text.Encoding.UTF8.GetBytes(to + '\0'))
            return Result((int)SystemCall(SystemCalls.Rename, CurrentDirectory, (nint)source, CurrentDirectory, (nint)target, exchange ? Exchange : 0));
    }

    /// <summary>Sets a socket's option.</summary>
    public static int SetSocketOption(int socket, int level, int option, int value) =>
        Result(setsockopt(socket, level, option, &value, sizeof(int)));

    /// <summary>Opens a routing netlink socket.</summary>
    public static int OpenRouteSocket() => Result(socket(SocketConstants.Netlink, SocketConstants.Raw | SocketConstants.CloseOnExec, 0));

    /// <summary>Sends a message.</summary>
    public static int Send(int socket, ReadOnlySpan<byte> message)
    {
        fixed (byte* address = message)
            return Result((int)(long)send(socket, address, message.Length, 0));
    }

    /// <summary>Receives a message.</summary>
    public static int Receive(int socket, Span<byte> message)
    {
        fixed (byte* address = message)
            return Result((int)(long)recv(socket, address, message.Length, 0));
    }

    /// <summary>Reads a resource limit: soft and hard.</summary>
    public static int GetLimit(int resource, out ulong soft, out ulong hard)
    {
        ulong* pair = stackalloc ulong[2];
        int result = Result(GetResourceLimit(resource, pair));
        (soft, hard) = (pair[0], pair[1]);
        return result;
    }

    /// <summary>Sets a resource limit.</summary>
    public static int SetLimit(int resource, ulong soft, ulong hard)
    {
        ulong* pair = stackalloc ulong[2];
        (pair[0], pair[1]) = (soft, hard);
        return Result(SetResourceLimit(resource, pair));
    }

    private static int Result(int value) => value >= 0 ? value : -Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountFileSystem(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountFileSystem(string target, int flags);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatFileSystem(string path, long* buffer);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatFile(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeFileOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeFileMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkFile(string path);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetResourceLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetResourceLimit(int resource, ulong* limit);
}
