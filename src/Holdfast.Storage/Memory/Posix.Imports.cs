using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>The calls that Tmds.LibC lacks.</summary>
internal static unsafe partial class Posix
{
    /// <summary>RESOLVE_NO_MAGICLINKS of openat2(2).</summary>
    internal const ulong ResolveNoMagicLinks = 2;

    /// <summary>RESOLVE_NO_XDEV of openat2(2): not into what is mounted below.</summary>
    internal const ulong ResolveNoMounts = 1;

    /// <summary>RESOLVE_NO_SYMLINKS of openat2(2).</summary>
    internal const ulong ResolveNoSymlinks = 4;

    /// <summary>RENAME_NOREPLACE of renameat2(2).</summary>
    internal const uint RenameNoReplace = 1;

    /// <summary>RENAME_EXCHANGE of renameat2(2).</summary>
    internal const uint RenameExchange = 2;

    // openat2 and renameat2 have one number each; these two differ: x86-64 and the generic table (arm64, riscv64).
    private const int OpenAt2Number = 437;
    private static readonly int GetDirectoryEntriesNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 217 : 61;
    private static readonly int RenameAt2Number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 316 : 276;

    /// <summary>Opens with restrictions on how the path resolves, <c>openat2(2)</c>; close-on-exec always.</summary>
    internal static int OpenAt2(int directory, ReadOnlySpan<byte> path, int flags, ulong resolve)
    {
        Enter("openat2", path);
        OpenHow how = new() { Flags = (ulong)(uint)(flags | O_CLOEXEC), Resolve = resolve };
        fixed (byte* text = path)
        {
            int result = Result((int)(long)syscall(OpenAt2Number, directory, text, &how, sizeof(OpenHow)));

            // Seccomp profiles older than the call answer ENOSYS or EPERM; without magic links a plain open is right, only less strict.
            return (result == -ENOSYS || result == -EPERM) && resolve == ResolveNoMagicLinks ? Result(openat(directory, text, flags | O_CLOEXEC, (mode_t)(ushort)0)) : result;
        }
    }

    /// <summary>Renames, <c>renameat2(2)</c>.</summary>
    internal static int Rename(int fromDirectory, ReadOnlySpan<byte> from, int toDirectory, ReadOnlySpan<byte> to, uint flags)
    {
        Enter("renameat2", from);
        fixed (byte* source = from, target = to)
            return Result((int)(long)syscall(RenameAt2Number, fromDirectory, source, toDirectory, target, flags));
    }

    /// <summary>Reads directory entries in the kernel's form (<c>struct linux_dirent64</c>); bytes, zero at the end, or negated errno.</summary>
    internal static int ReadDirectory(int directory, Span<byte> buffer)
    {
        Interceptor?.Invoke("getdents64");
        fixed (byte* start = buffer)
            return Result((int)(long)syscall(GetDirectoryEntriesNumber, directory, start, buffer.Length));
    }

    /// <summary>Moves a directory's read position, <c>lseek(2)</c>.</summary>
    internal static long Seek(int descriptor, long position)
    {
        Interceptor?.Invoke("lseek");
        long result = (long)lseek(descriptor, position, SEEK_SET);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Where data (or the next hole) begins at or after an offset, <c>SEEK_DATA</c> and <c>SEEK_HOLE</c>; negated errno, <c>-ENXIO</c> past the last.</summary>
    internal static long SeekContent(int descriptor, long offset, bool hole)
    {
        const int Data = 3, Hole = 4;
        Interceptor?.Invoke("lseek");
        long result = (long)lseek(descriptor, offset, hole ? Hole : Data);
        return result >= 0 ? result : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Sets an extended attribute, <c>fsetxattr(2)</c>.</summary>
    internal static int SetAttribute(int descriptor, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Enter("fsetxattr", name);
        fixed (byte* text = name, bytes = value)
            return Result(FSetXAttr(descriptor, text, bytes, (nuint)value.Length, 0));
    }

    /// <summary>Reads an extended attribute, <c>fgetxattr(2)</c>; its length or negated errno.</summary>
    internal static int GetAttribute(int descriptor, ReadOnlySpan<byte> name, Span<byte> value)
    {
        Enter("fgetxattr", name);
        fixed (byte* text = name, bytes = value)
            return Result((int)FGetXAttr(descriptor, text, bytes, (nuint)value.Length));
    }

    /// <summary>What file system an open file is on, <c>fstatfs(2)</c>.</summary>
    internal static int StatFileSystem(int descriptor, out FileSystemStatus status)
    {
        Interceptor?.Invoke("fstatfs");
        fixed (FileSystemStatus* buffer = &status)
            return Result(FStatFs(descriptor, buffer));
    }

    /// <summary>Changes permission bits, <c>fchmod(2)</c>.</summary>
    internal static int ChangeMode(int descriptor, uint mode)
    {
        Interceptor?.Invoke("fchmod");
        return Result(FChMod(descriptor, mode));
    }

    /// <summary>Changes owner and group, <c>fchown(2)</c>; <see cref="uint.MaxValue"/> leaves one as it is.</summary>
    internal static int ChangeOwner(int descriptor, uint user, uint group)
    {
        Interceptor?.Invoke("fchown");
        return Result(FChOwn(descriptor, user, group));
    }

    /// <summary>Reads a symbolic link, <c>readlink(2)</c>; its length or negated errno.</summary>
    internal static int ReadLink(ReadOnlySpan<byte> path, Span<byte> target)
    {
        Enter("readlink", path);
        fixed (byte* text = path, buffer = target)
            return Result((int)ReadSymbolicLink(text, buffer, (nuint)target.Length));
    }

    /// <summary>What an open symbolic link (<c>O_PATH | O_NOFOLLOW</c>) leads to, <c>readlinkat(2)</c>; bytes or negated errno.</summary>
    internal static int ReadLinkAt(int link, Span<byte> target)
    {
        Interceptor?.Invoke("readlinkat");
        byte none = 0;
        fixed (byte* buffer = target)
            return Result((int)ReadSymbolicLinkAt(link, &none, buffer, (nuint)target.Length));
    }

    /// <summary>Makes a symbolic link, <c>symlinkat(2)</c>.</summary>
    internal static int SymbolicLink(ReadOnlySpan<byte> text, int directory, ReadOnlySpan<byte> name)
    {
        Enter("symlinkat", name);
        fixed (byte* to = text, from = name)
            return Result(SymbolicLinkAt(to, directory, from));
    }

    /// <summary>Waits until all that was written on a descriptor's file system is on the device, <c>syncfs(2)</c>.</summary>
    internal static int SynchronizeFileSystem(int descriptor)
    {
        Interceptor?.Invoke("syncfs");
        return Result(SyncFs(descriptor));
    }

    /// <summary>Watches an open file for writes by system calls, <c>inotify(7)</c>; a descriptor that doesn't block, or negated errno.</summary>
    internal static int WatchInode(int file)
    {
        const int flags = 0x80000 | 0x800; // IN_CLOEXEC | IN_NONBLOCK
        const uint modify = 2; // IN_MODIFY
        Interceptor?.Invoke("inotify_init1");
        int watch = Result(InotifyInit(flags));
        if (watch < 0)
            return watch;
        Span<byte> path = stackalloc byte[32];
        int result;
        fixed (byte* text = ProcessDescriptorPath(file, path))
            result = Result(InotifyAddWatch(watch, text, modify));
        if (result >= 0)
            return watch;
        Close(watch);
        return result;
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int InotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true)]
    private static partial int InotifyAddWatch(int watch, byte* path, uint mask);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(int descriptor);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int SymbolicLinkAt(byte* text, int directory, byte* name);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadSymbolicLinkAt(int directory, byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true)]
    private static partial nint ReadSymbolicLink(byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    private static partial int FSetXAttr(int descriptor, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "fgetxattr", SetLastError = true)]
    private static partial nint FGetXAttr(int descriptor, byte* name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int FStatFs(int descriptor, FileSystemStatus* buffer);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int FChMod(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int FChOwn(int descriptor, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, long* time);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
