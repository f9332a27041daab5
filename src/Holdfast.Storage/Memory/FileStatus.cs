using Tmds.Linux;

namespace Holdfast.Storage.Memory;

/// <summary>The part of <c>struct stat</c> that this room asks for.</summary>
internal readonly struct FileStatus(in stat source)
{
    /// <summary>Device, as <c>st_dev</c>.</summary>
    internal ulong Device { get; } = (ulong)source.st_dev;

    /// <summary>Inode number.</summary>
    internal ulong Inode { get; } = (ulong)source.st_ino;

    /// <summary>Names of the file.</summary>
    internal ulong Links { get; } = (ulong)source.st_nlink;

    /// <summary>Type and permission bits.</summary>
    internal uint Mode { get; } = (uint)source.st_mode;

    /// <summary>Owner.</summary>
    internal uint User { get; } = (uint)source.st_uid;

    /// <summary>Group.</summary>
    internal uint Group { get; } = (uint)source.st_gid;

    /// <summary>Length in bytes.</summary>
    internal long Length { get; } = (long)source.st_size;

    /// <summary>Allocated bytes.</summary>
    internal long Allocated { get; } = (long)source.st_blocks * 512;

    /// <summary>Last change of content, in ticks of 100 ns of <see cref="DateTime.Ticks"/> (UTC).</summary>
    internal long Modified { get; } = DateTime.UnixEpoch.Ticks + ((long)source.st_mtim.tv_sec * TimeSpan.TicksPerSecond) + ((long)source.st_mtim.tv_nsec / 100);

    /// <summary>Whether it is a regular file.</summary>
    internal bool IsRegular => (Mode & 0xF000) == 0x8000;

    /// <summary>Whether it is a directory.</summary>
    internal bool IsDirectory => (Mode & 0xF000) == 0x4000;

    /// <summary>Whether it is a symbolic link.</summary>
    internal bool IsSymbolicLink => (Mode & 0xF000) == 0xA000;

    /// <summary>Whether both describe the same inode.</summary>
    internal bool IsSameFile(in FileStatus other) => Device == other.Device && Inode == other.Inode;
}
