using System.Text;
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
        foreach (string line in File.ReadLines("/proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /point options optional… - type source super-options
            string[] halves = line.Split(" - ", 2);
            string[] left = halves[0].Split(' ');
            string[] right = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (right is ["bpf", _, var super, ..] && left.Length > 5)
                mounts[Unescape(left[4])] = new(Unescape(left[4]), OptionsOf(Unescape(left[4]), left[5], super));
        }

        return [.. mounts.Values];
    }

    /// <summary>Owner and mode are the root directory's own (older kernels don't list them among the options); the rest is told by the mount.</summary>
    private static BpffsOptions OptionsOf(string path, string mount, string super)
    {
        string[] listed = [.. mount.Split(','), .. super.Split(',')];
        BpffsOptions options = new()
        {
            ReadOnly = listed.Contains("ro"),
            Delegations = [.. super.Split(',').Where(option => option.StartsWith("delegate_", StringComparison.Ordinal))],
        };
        return Native.Status(path, out uint mode, out uint user, out uint group) < 0
            ? options
            : options with { User = user, Group = group, Mode = mode };
    }

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        StringBuilder plain = new();
        for (int at = 0; at < text.Length; at++)
        {
            bool escaped = text[at] == '\\' && at + 3 < text.Length;
            plain.Append(escaped ? (char)Convert.ToInt32(text.Substring(at + 1, 3), 8) : text[at]);
            at += escaped ? 3 : 0;
        }

        return plain.ToString();
    }
}
