using Holdfast.Isa.Abi;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.FileSystem;

/// <summary>Finds the mounted bpffs: by <c>statfs</c> for a path, by <c>/proc/self/mountinfo</c> for all.</summary>
internal static class BpffsMounts
{
    /// <summary>Where it is mounted by custom.</summary>
    public const string DefaultPath = "/sys/fs/bpf";

    private const long Magic = 0xcafe4a11; // BPF_FS_MAGIC

    /// <summary>Whether a path lies in a bpffs.</summary>
    public static bool IsBpffs(string path) => Native.FileSystemType(path, out long type) == 0 && type == Magic;

    /// <summary>Cause and remedy, in one line, for a directory that is to be in a bpffs and isn't.</summary>
    public static string Missing(string directory) =>
        $"{directory} is {(Directory.Exists(directory) ? "not in a bpffs" : "missing")}; mount one: holdfast mount {DefaultPath} --engine kernel (mount -t bpf bpf {DefaultPath})";

    /// <summary>All that the caller's mount namespace has. Of several over one directory only the last can be reached.</summary>
    public static IReadOnlyList<BpffsMount> All()
    {
        Dictionary<string, BpffsMount> mounts = [];
        foreach (MountTableEntry mount in MountTable.OfType("bpf"))
            mounts[mount.Path] = new(mount.Path, OptionsOf(mount));
        return [.. mounts.Values];
    }

    /// <summary>Owner and mode are the root directory's own (older kernels don't list them among the options); the rest is told by the mount.</summary>
    private static BpffsOptions OptionsOf(MountTableEntry mount)
    {
        BpffsOptions options = new()
        {
            ReadOnly = mount.Options.Contains("ro") || mount.FileSystemOptions.Contains("ro"),
            Delegations = [.. mount.FileSystemOptions.Where(option => option.StartsWith("delegate_", StringComparison.Ordinal))],
        };
        return Native.Status(mount.Path, out uint mode, out uint user, out uint group) < 0
            ? options
            : options with { User = user, Group = group, Mode = mode };
    }
}
