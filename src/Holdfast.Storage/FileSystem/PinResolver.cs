using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Finds the directory that a pin's path names, and whether it is below a bpffs. The directory is opened first and everything
/// else happens relative to that descriptor, so that no rename or symbolic link can come between check and use.
/// </summary>
internal sealed class PinResolver(Store store) : IDisposable
{
    private const int MaximumDepth = 128;

    private readonly Dictionary<(ulong Device, ulong Inode), MountInfo> _markers = [];
    private PinDirectory? _last;
    private ulong _markersGeneration;

    /// <summary>Opens a directory; zero, negated errno of the path, or <c>-EPERM</c> for a directory below no bpffs.</summary>
    /// <param name="at">What relative paths start from.</param>
    /// <param name="path">The directory, terminated.</param>
    /// <param name="outside">The directory's descriptor if it is below no bpffs, the caller's to close; else −1.</param>
    /// <param name="directory">The directory, to be released.</param>
    internal int Resolve(int at, ReadOnlySpan<byte> path, out int outside, out PinDirectory? directory)
    {
        outside = -1;
        ulong generation = store.State?.MountGeneration ?? 0;
        if (TryLast(at, path, generation, out directory))
            return 0;
        int descriptor = Posix.OpenAt2(at, path, O_PATH | O_DIRECTORY, Posix.ResolveNoMagicLinks);
        if (descriptor < 0)
            return descriptor;
        int result = Posix.Stat(descriptor, out FileStatus status);
        MountInfo? mount = result < 0 ? null : FindMount(descriptor, status);
        if (mount is null)
        {
            outside = descriptor;
            return result < 0 ? result : -EPERM;
        }

        directory = new PinDirectory(descriptor, path.ToArray(), status, mount, generation);
        if (at == AT_FDCWD)
            Remember(directory);
        return 0;
    }

    /// <summary>Whether a directory is below a bpffs of any store.</summary>
    internal MountInfo? FindMount(int descriptor, in FileStatus status)
    {
        // ".bpffs", "../.bpffs", "../../.bpffs" … relative to the open directory; names above it don't matter.
        Span<byte> path = stackalloc byte[(3 * MaximumDepth) + 16];
        FileStatus current = status;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            int up = 3 * depth;
            MountRegistry.Marker.CopyTo(path[up..]);
            int result = Posix.StatAt(descriptor, path[..(up + MountRegistry.Marker.Length)], follow: false, out FileStatus marker);
            if (result == 0 && marker.IsRegular && marker.Device == status.Device
                && MarkerOf(descriptor, path[..(up + MountRegistry.Marker.Length)], marker) is MountInfo mount)
                return mount;
            "../"u8.CopyTo(path[up..]);
            path[up + 3] = 0;
            if (Posix.StatAt(descriptor, path[..(up + 4)], follow: false, out FileStatus parent) < 0
                || parent.IsSameFile(current) || parent.Device != status.Device)
                return null;
            current = parent;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _last, null)?.Release();

    private bool TryLast(int at, ReadOnlySpan<byte> path, ulong generation, out PinDirectory? directory)
    {
        directory = Volatile.Read(ref _last);
        if (directory is null || at != AT_FDCWD || store.State is null || directory.Generation != generation || !directory.IsFor(path) || !directory.TryAcquire())
        {
            directory = null;
            return false;
        }

        // The path may name another directory by now.
        if (Posix.StatAt(AT_FDCWD, path, follow: true, out FileStatus status) == 0 && status.IsSameFile(directory.Status))
            return true;
        directory.Release();
        directory = null;
        return false;
    }

    private void Remember(PinDirectory directory)
    {
        if (store.State is null || !directory.TryAcquire())
            return;
        Interlocked.Exchange(ref _last, directory)?.Release();
    }

    private static MountInfo? Living(MountInfo? info) => info is { IsLeaving: false } ? info : null;

    private MountInfo? MarkerOf(int directory, ReadOnlySpan<byte> path, in FileStatus status)
    {
        // Without the store's state nobody tells us of changes.
        if (store.State is not { } state)
            return Living(MountRegistry.TryRead(directory, path, string.Empty));
        lock (_markers)
        {
            ulong generation = state.MountGeneration;
            if (generation != _markersGeneration)
                _markers.Clear();
            _markersGeneration = generation;

            // A marker is a link of the store's registry: a removed mount's inode may be reused, but not as a marker with our store's id.
            if (_markers.TryGetValue((status.Device, status.Inode), out MountInfo? known) && known.StoreId == store.Id && status.Links > 1)
                return known;
            MountInfo? read = Living(MountRegistry.TryRead(directory, path, string.Empty));
            if (read is not null)
                _markers[(status.Device, status.Inode)] = read;
            return read;
        }
    }
}
