using System.Diagnostics;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// The system calls of this room, one method each: result or negated errno, no exceptions, no allocation.
/// Paths are bytes that end in a zero byte, as the kernel takes them.
/// </summary>
/// <remarks>
/// Every <c>unsafe</c> block here only pins a span for the length of one call and passes its length along,
/// so the kernel never sees memory that we do not own; path spans are checked to be terminated.
/// </remarks>
internal static unsafe partial class Posix
{
    /// <summary>Test hook: called with the call's name before each system call. Null in production.</summary>
    internal static Action<string>? Interceptor;

    /// <summary>Opens a file below a directory, <c>openat(2)</c>. Close-on-exec always.</summary>
    internal static int OpenAt(int directory, ReadOnlySpan<byte> path, int flags, uint mode = 0)
    {
        Enter("openat", path);
        fixed (byte* name = path)
            return Result(openat(directory, name, flags | O_CLOEXEC, (mode_t)(ushort)mode));
    }

    /// <summary>Closes a descriptor; it is gone whatever the result.</summary>
    internal static int Close(int descriptor)
    {
        Interceptor?.Invoke("close");
        return Result(close(descriptor));
    }

    /// <summary>Reads at an offset until the buffer is full or the file ends; bytes read or negated errno.</summary>
    internal static int Read(int descriptor, Span<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            Interceptor?.Invoke("pread");
            int count;
            fixed (byte* start = buffer[done..])
                count = Result((int)pread(descriptor, start, buffer.Length - done, offset + done));
            if (count < 0)
                return count;
            if (count == 0)
                break;
            done += count;
        }

        return done;
    }

    /// <summary>Writes all bytes at an offset; zero or negated errno (a short write is the error that stopped it).</summary>
    internal static int Write(int descriptor, ReadOnlySpan<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            Interceptor?.Invoke("pwrite");
            int count;
            fixed (byte* start = bytes)
                count = Result((int)pwrite(descriptor, start, bytes.Length, offset));
            if (count < 0)
                return count;
            if (count == 0)
                return -EIO;
            bytes = bytes[count..];
            offset += count;
        }

        return 0;
    }

    /// <summary>Reserves blocks, <c>fallocate(2)</c>; those that are there stay as they are.</summary>
    internal static int Allocate(int descriptor, long offset, long length)
    {
        int result;
        do
        {
            Interceptor?.Invoke("fallocate");
            result = Result(fallocate(descriptor, 0, offset, length));
        }
        while (result == -EINTR);
        return result;
    }

    /// <summary>Frees blocks, so that they read as zeros; the length stays (<c>FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE</c>).</summary>
    internal static int PunchHole(int descriptor, long offset, long length)
    {
        int result;
        do
        {
            Interceptor?.Invoke("fallocate");
            result = Result(fallocate(descriptor, 0x3, offset, length));
        }
        while (result == -EINTR);
        return result;
    }

    /// <summary>Sets a file's length, <c>ftruncate(2)</c>.</summary>
    internal static int Truncate(int descriptor, long length)
    {
        Interceptor?.Invoke("ftruncate");
        return Result(ftruncate(descriptor, length));
    }

    /// <summary>Gives an open file a further name, <c>linkat(2)</c> with <c>AT_EMPTY_PATH</c>; where that is not granted, through <c>/proc/self/fd</c>.</summary>
    /// <remarks>AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH, or since Linux 6.10 the credentials that opened the file; else the answer is ENOENT.</remarks>
    internal static int LinkDescriptor(int descriptor, int directory, ReadOnlySpan<byte> name)
    {
        Enter("linkat", name);
        fixed (byte* to = name)
        {
            byte none = 0;
            int result = Result(linkat(descriptor, &none, directory, to, AT_EMPTY_PATH));
            if (result != -ENOENT)
                return result;
            Span<byte> from = stackalloc byte[32];
            ProcessDescriptorPath(descriptor, from);
            fixed (byte* source = from)
                return Result(linkat(AT_FDCWD, source, directory, to, AT_SYMLINK_FOLLOW));
        }
    }

    /// <summary>Gives a named file a further name, <c>linkat(2)</c>; a final symbolic link is not followed.</summary>
    internal static int Link(int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to)
    {
        Enter("linkat", from);
        Debug.Assert(to.IndexOf((byte)0) >= 0);
        fixed (byte* source = from, target = to)
            return Result(linkat(fromDirectory, source, toDirectory, target, 0));
    }

    /// <summary>Removes a name, <c>unlinkat(2)</c>.</summary>
    internal static int Unlink(int directory, ReadOnlySpan<byte> name, bool removeDirectory = false)
    {
        Enter(removeDirectory ? "rmdir" : "unlinkat", name);
        fixed (byte* text = name)
            return Result(unlinkat(directory, text, removeDirectory ? AT_REMOVEDIR : 0));
    }

    /// <summary>Makes a directory, <c>mkdirat(2)</c>.</summary>
    internal static int MakeDirectory(int directory, ReadOnlySpan<byte> name, uint mode)
    {
        Enter("mkdirat", name);
        fixed (byte* text = name)
            return Result(mkdirat(directory, text, (mode_t)(ushort)mode));
    }

    /// <summary>What an open descriptor refers to, <c>fstat(2)</c>.</summary>
    internal static int Stat(int descriptor, out FileStatus status)
    {
        Interceptor?.Invoke("fstat");
        stat buffer;
        int result = Result(fstat(descriptor, &buffer));
        status = result < 0 ? default : new FileStatus(buffer);
        return result;
    }

    /// <summary>What a name refers to, <c>fstatat(2)</c>.</summary>
    internal static int StatAt(int directory, ReadOnlySpan<byte> path, bool follow, out FileStatus status)
    {
        Enter("fstatat", path);
        stat buffer;
        int result;
        fixed (byte* text = path)
            result = Result(fstatat(directory, text, &buffer, follow ? 0 : AT_SYMLINK_NOFOLLOW));
        status = result < 0 ? default : new FileStatus(buffer);
        return result;
    }

    /// <summary>A descriptor's status flags (<c>F_GETFL</c>) or negated errno.</summary>
    internal static int StatusFlags(int descriptor)
    {
        Interceptor?.Invoke("fcntl");
        return Result(fcntl(descriptor, F_GETFL));
    }

    /// <summary>Waits until written bytes are on the device, <c>fsync(2)</c>.</summary>
    internal static int Synchronize(int descriptor)
    {
        Interceptor?.Invoke("fsync");
        return Result(fsync(descriptor));
    }

    /// <summary>The effective user of this process.</summary>
    internal static uint EffectiveUser() => (uint)geteuid();

    /// <summary>Nanoseconds since boot, time asleep included, as the kernel dates programs (<c>CLOCK_BOOTTIME</c>).</summary>
    internal static ulong BootTime()
    {
        const int BootTimeClock = 7;
        long* time = stackalloc long[2];
        return ClockGetTime(BootTimeClock, time) < 0 ? 0 : ((ulong)time[0] * 1_000_000_000) + (ulong)time[1];
    }

    /// <summary>Writes <c>/proc/self/fd/N</c> and its terminator; the buffer needs 32 bytes.</summary>
    internal static ReadOnlySpan<byte> ProcessDescriptorPath(int descriptor, Span<byte> buffer)
    {
        bool fits = System.Text.Unicode.Utf8.TryWrite(buffer, $"/proc/self/fd/{descriptor}\0", out int length);
        Debug.Assert(fits);
        return buffer[..length];
    }

    private static void Enter(string call, ReadOnlySpan<byte> path)
    {
        if (path.IndexOf((byte)0) < 0)
            throw new UnreachableException("a path without its terminating zero byte");
        Interceptor?.Invoke(call);
    }

    private static int Result(int value) => value >= 0 ? value : -Marshal.GetLastPInvokeError();
}
