using System.Text;

namespace Holdfast.Kernel.FileSystem;

/// <summary>The mounts that the caller's mount namespace has, from <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</summary>
internal static class MountTable
{
    /// <summary>All mounts of a file system type, in the order in which they were made.</summary>
    public static IEnumerable<MountTableEntry> OfType(string type)
    {
        foreach (string line in File.ReadLines("/proc/self/mountinfo"))
        {
            // 36 35 98:0 /root /point options optional… - type source super-options
            string[] halves = line.Split(" - ", 2);
            string[] left = halves[0].Split(' ');
            string[] right = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (right is [var found, _, var super, ..] && found == type && left.Length > 5)
                yield return new(Unescape(left[4]), left[5].Split(','), super.Split(','));
        }
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
