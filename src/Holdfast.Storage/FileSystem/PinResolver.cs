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
    private readonly byte[] _defaultPath = PathText.Bytes(store.Path + "/fs\0");
    private PinDirectory? _default;
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
        bool isDefault = at == AT_FDCWD && path.SequenceEqual(_defaultPath);
        if (isDefault ? TryDefault(generation, out directory) : TryLast(at, path, generation, out directory))
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
            Remember(directory, ref isDefault && IsStores(status) ? ref _default : ref _last);
        return 0;
    }

    /// <summary>
    /// Splits a path below the default bpffs into its directory, which is open already, and the rest. The rest is looked up from there as the
    /// kernel looks any path up, so this only spares the way to the store.
    /// </summary>
    /// <param name="at">What relative paths start from.</param>
    /// <param name="path">Without terminator.</param>
    /// <param name="directory">The directory, to be released.</param>
    /// <param name="rest">What follows the directory's path and a slash.</param>
    internal bool TrySplit(int at, ReadOnlySpan<byte> path, out PinDirectory? directory, out ReadOnlySpan<byte> rest)
    {
        directory = null;
        rest = default;
        int length = _defaultPath.Length - 1;
        if (at != AT_FDCWD || path.Length < length + 2 || path[length] != (byte)'/' || path[length + 1] == (byte)'/' || !path.StartsWith(_defaultPath.AsSpan(0, length)))
            return false;
        rest = path[(length + 1)..];
        return TryDefault(store.State?.MountGeneration ?? 0, out directory);
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
    public void Dispose()
    {
        Interlocked.Exchange(ref _default, null)?.Release();
        Interlocked.Exchange(ref _last, null)?.Release();
    }

    /// <summary>
    /// The default bpffs is the store's own, like all else of the store: once found, its path stands for the directory that is open, as a
    /// path stands for what is mounted there, until the store's mounts change. Only who may write the store itself could move it.
    /// </summary>
    private bool TryDefault(ulong generation, out PinDirectory? directory)
    {
        directory = Volatile.Read(ref _default);
        if (directory is not null && store.State is not null && directory.Generation == generation && directory.TryAcquire())
            return true;
        directory = null;
        return false;
    }

    private bool IsStores(in FileStatus status) =>
        Posix.StatAt(store.Directories.Root, "fs\0"u8, follow: false, out FileStatus own) == 0 && own.IsSameFile(status);

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

    private void Remember(PinDirectory directory, ref PinDirectory? place)
    {
        if (store.State is null || !directory.TryAcquire())
            return;
        Interlocked.Exchange(ref place, directory)?.Release();
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
