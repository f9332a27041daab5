using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>Where the store is when nobody says.</summary>
public static class StoreLocation
{
    /// <summary>
    /// <c>/run/holdfast</c> for root, <c>$XDG_RUNTIME_DIR/holdfast</c> for others, and where that is unset, or is on a file system
    /// that can't hold a store, <c>/dev/shm/holdfast-UID</c>.
    /// </summary>
    /// <returns>The absolute path; nothing is created.</returns>
    public static string Default()
    {
        uint user = Posix.EffectiveUser();
        string? parent = user == 0 ? "/run" : RuntimeDirectory;
        return parent is not null && CanHoldStore(parent) ? $"{parent}/holdfast" : $"/dev/shm/holdfast-{user}";
    }

    /// <summary><c>$XDG_RUNTIME_DIR</c>, if it is an absolute path.</summary>
    internal static string? RuntimeDirectory =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is ['/', _, ..] path ? path.TrimEnd('/') : null;

    private static bool CanHoldStore(string directory)
    {
        int descriptor = Posix.OpenAt(AT_FDCWD, PathText.Terminate(PathText.Bytes(directory), stackalloc byte[256]), O_PATH | O_DIRECTORY);
        if (descriptor < 0)
            return false;
        int result = Posix.StatFileSystem(descriptor, out FileSystemStatus status);
        _ = Posix.Close(descriptor);
        return result == 0 && SupportedFileSystems.Describe(status.Type).Refusal is null;
    }
}
