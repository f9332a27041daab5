using System.Globalization;
using System.Text;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Who works in a bpffs: processes whose working or root directory is in it, or that have a directory of it open. An open pin is no use, as
/// in the kernel: it is the object that is open. Processes of others can't be looked into without privilege.
/// </summary>
internal static class MountUsers
{
    private const int PathOnly = 0x200000; // O_PATH: our own resolvers keep such descriptors, and they hold nothing up

    /// <summary>One user, as text; null if there is none.</summary>
    internal static string? Find(int directory)
    {
        if (Target($"/proc/self/fd/{directory}") is not { } root)
            return null;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!uint.TryParse(Path.GetFileName(process.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out uint id))
                continue;
            string? what = IsBelow(root, Target(process + "/cwd")) ? "works in it"
                : IsBelow(root, Target(process + "/root")) ? "has its root in it"
                : HasDirectoryOpen(process, root, id == Environment.ProcessId ? directory : -1) ? "has a directory of it open"
                : null;
            if (what is not null)
                return $"process {id} {what}";
        }

        return null;
    }

    private static bool HasDirectoryOpen(string process, string root, int own)
    {
        try
        {
            foreach (string descriptor in Directory.EnumerateFileSystemEntries(process + "/fd"))
            {
                string number = Path.GetFileName(descriptor);
                if (IsBelow(root, Target(descriptor)) && number != own.ToString(CultureInfo.InvariantCulture)
                    && Directory.Exists(descriptor) && !IsPathOnly($"{process}/fdinfo/{number}"))
                    return true;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is another user's.
        }

        return false;
    }

    private static bool IsPathOnly(string info)
    {
        string? flags = File.ReadLines(info).FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return flags is not null && (Convert.ToInt64(flags[6..].Trim(), 8) & PathOnly) != 0;
    }

    private static bool IsBelow(string root, string? path) =>
        path is not null && path.StartsWith(root, StringComparison.Ordinal) && (path.Length == root.Length || path[root.Length] == '/');

    private static string? Target(string link)
    {
        Span<byte> buffer = stackalloc byte[PathText.Maximum];
        int length = Posix.ReadLink(PathText.Terminate(Encoding.ASCII.GetBytes(link), stackalloc byte[64]), buffer);
        return length < 0 ? null : Encoding.UTF8.GetString(buffer[..length]);
    }
}
