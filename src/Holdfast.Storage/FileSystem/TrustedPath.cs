using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Opens directories by paths in which no symbolic link of a stranger leads elsewhere: a link is followed if it is root's or the caller's own.
/// Linux has the like for sticky directories that all may write (<c>fs.protected_symlinks</c>), where it is switched on.
/// </summary>
internal static class TrustedPath
{
    private const int MaximumLinks = 40; // as the kernel's MAXSYMLINKS

    /// <summary>Opens a directory; negated errno, <c>-EPERM</c> for a link of somebody else.</summary>
    internal static int Open(string path, int flags)
    {
        string full = Path.GetFullPath(path);
        if (PathText.Bytes(full) is { Length: >= PathText.Maximum })
            return -ENAMETOOLONG;
        int direct = Posix.OpenAt2(
            AT_FDCWD, PathText.Terminate(PathText.Bytes(full), stackalloc byte[512]), flags | O_DIRECTORY, Posix.ResolveNoSymlinks);

        // ELOOP: there is a link. ENOSYS or EPERM: the call is not there, or a seccomp profile older than it is.
        return direct == -ELOOP || direct == -ENOSYS || direct == -EPERM ? Walk(full, flags | O_DIRECTORY) : direct;
    }

    /// <summary>One component at a time, each relative to the descriptor of the one before: what was looked at is what is used.</summary>
    private static int Walk(string path, int flags)
    {
        Stack<string> names = new(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        int at = Posix.OpenAt(AT_FDCWD, "/\0"u8, O_PATH | O_DIRECTORY);
        for (int links = 0; at >= 0 && names.TryPop(out string? name);)
        {
            int next = Posix.OpenAt(at, PathText.Terminate(PathText.Bytes(name), stackalloc byte[256]), O_PATH | O_NOFOLLOW);
            int result = next < 0 ? next : Posix.Stat(next, out FileStatus status) is int failed and < 0 ? failed
                : !status.IsSymbolicLink ? 0
                : !IsTrusted(status) ? -EPERM
                : ++links > MaximumLinks ? -ELOOP
                : Expand(next, names);
            if (result == 0)
                (at, next) = (next, at);
            else if (result == IsAbsolute)
                (at, next) = Swap(Posix.OpenAt(AT_FDCWD, "/\0"u8, O_PATH | O_DIRECTORY), at, next);
            Close(next);
            if (result >= 0)
                continue;
            Close(at);
            return result;
        }

        if (at < 0)
            return at;
        int opened = Posix.OpenAt(at, ".\0"u8, flags);
        Close(at);
        return opened;
    }

    private const int IsRelative = 1;
    private const int IsAbsolute = 2;

    private static bool IsTrusted(in FileStatus link) => link.User == 0 || link.User == Posix.EffectiveUser();

    /// <summary>Puts a link's target before the names that are left.</summary>
    private static int Expand(int link, Stack<string> names)
    {
        Span<byte> target = stackalloc byte[PathText.Maximum];
        int length = Posix.ReadLinkAt(link, target);
        if (length < 0)
            return length;
        string text = System.Text.Encoding.UTF8.GetString(target[..length]);
        foreach (string name in text.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            names.Push(name);
        return text.StartsWith('/') ? IsAbsolute : IsRelative;
    }

    private static (int At, int Done) Swap(int root, int at, int link)
    {
        Close(at);
        return (root, link);
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0)
            _ = Posix.Close(descriptor);
    }
}
