using System.Runtime.InteropServices;

namespace Holdfast.Userspace.Helpers;

/// <summary>The cgroup (version 2) that this process was in when first asked; ids are inode numbers, as the kernel's.</summary>
internal static partial class ProcessCgroup
{
    private static readonly ulong[] Chain = Read();

    /// <summary>Id of the process's cgroup; 1, the root's, where there is no version 2 hierarchy.</summary>
    public static ulong Id => Chain[^1];

    /// <summary>Id of the ancestor at a level, 0 being the root; 0 if there is none.</summary>
    public static ulong Ancestor(int level) => level >= 0 && level < Chain.Length ? Chain[level] : 0;

    private static ulong[] Read()
    {
        const string Mount = "/sys/fs/cgroup";
        const string Unified = "0::";
        string? line = File.Exists("/proc/self/cgroup") ? File.ReadLines("/proc/self/cgroup").FirstOrDefault(line => line.StartsWith(Unified, StringComparison.Ordinal)) : null;
        if (line is null || !File.Exists($"{Mount}/cgroup.procs"))
        {
            // Without a mounted hierarchy every process is in its root.
            return [1];
        }

        List<ulong> chain = [Inode(Mount)];
        string path = Mount;
        foreach (string part in line[Unified.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = $"{path}/{part}";
            chain.Add(Inode(path));
        }

        return [.. chain];
    }

    private static unsafe ulong Inode(string path)
    {
        const int CurrentDirectory = -100;
        const int BufferBytes = 256;
        const int InodeOffset = 32;
        byte* buffer = stackalloc byte[BufferBytes];

        // statx fills 256 bytes at most; the inode number lies at 32.
        return Statx(CurrentDirectory, path, 0, 0x7ff, buffer) == 0 ? *(ulong*)(buffer + InodeOffset) : 1;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}
