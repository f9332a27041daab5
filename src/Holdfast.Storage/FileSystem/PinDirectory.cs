using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>A directory that was found to be below a bpffs; its open descriptor pins the inode, so its identity can't be taken over.</summary>
internal sealed class PinDirectory(int descriptor, byte[] path, FileStatus status, MountInfo mount, ulong generation)
{
    private int _users = 1;

    /// <summary>The directory, <c>O_PATH</c>.</summary>
    internal int Descriptor { get; } = descriptor;

    /// <summary>Device and inode.</summary>
    internal FileStatus Status { get; } = status;

    /// <summary>The bpffs that it is below.</summary>
    internal MountInfo Mount { get; } = mount;

    /// <summary>State of the store's mounts when that was found.</summary>
    internal ulong Generation { get; } = generation;

    /// <summary>Whether it was found under this path.</summary>
    internal bool IsFor(ReadOnlySpan<byte> other) => other.SequenceEqual(path);

    /// <summary>Uses it; false if it was closed meanwhile.</summary>
    internal bool TryAcquire()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int before = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (before == users)
                return true;
            users = before;
        }

        return false;
    }

    /// <summary>Ends a use; the last one closes it.</summary>
    internal void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _ = Posix.Close(Descriptor);
    }
}
