using System.Runtime.InteropServices;

namespace Holdfast.Userspace.Helpers;

/// <summary>Which pid namespace this process is in, asked once.</summary>
internal static unsafe partial class ProcessNamespace
{
    private static readonly (ulong Device, ulong Inode) Identity = Read();

    /// <summary>Device number of the namespace file system.</summary>
    public static ulong Device => Identity.Device;

    /// <summary>Inode number of the namespace.</summary>
    public static ulong Inode => Identity.Inode;

    /// <summary>The link reads <c>pid:[4026531836]</c>; the file system has major number 0, so its number is the minor's.</summary>
    private static (ulong Device, ulong Inode) Read()
    {
        const string Path = "/proc/self/ns/pid";
        string? target = new FileInfo(Path).LinkTarget;
        int open = target?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        int close = target?.IndexOf(']', StringComparison.Ordinal) ?? -1;
        return open >= 0 && close > open && ulong.TryParse(target.AsSpan(open + 1, close - open - 1), out ulong inode)
            ? (DeviceOf(Path), inode)
            : (ulong.MaxValue, ulong.MaxValue);
    }

    private static ulong DeviceOf(string path)
    {
        const int CurrentDirectory = -100;
        const int BufferBytes = 256;
        const int MajorOffset = 136;
        byte* buffer = stackalloc byte[BufferBytes];

        // statx fills 256 bytes at most; its device numbers lie at 136 and 140.
        if (Statx(CurrentDirectory, path, 0, 0x7ff, buffer) != 0)
        {
            return ulong.MaxValue;
        }

        uint major = *(uint*)(buffer + MajorOffset);
        uint minor = *(uint*)(buffer + MajorOffset + 4);
        return ((ulong)major << 20) | minor;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}
