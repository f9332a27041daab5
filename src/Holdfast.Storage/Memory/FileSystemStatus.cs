using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Storage.Memory;

/// <summary><c>struct statfs</c> of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileSystemStatus
{
    /// <summary>Magic number of the file system, as in <c>linux/magic.h</c>.</summary>
    internal long Type;

    /// <summary>Block size in bytes.</summary>
    internal long BlockSize;

    /// <summary>Blocks in all.</summary>
    internal ulong Blocks;

    /// <summary>Free blocks.</summary>
    internal ulong BlocksFree;

    /// <summary>Blocks free for the unprivileged.</summary>
    internal ulong BlocksAvailable;

    /// <summary>Inodes in all; zero where there is no limit.</summary>
    internal ulong Files;

    /// <summary>Free inodes.</summary>
    internal ulong FilesFree;

    private Rest _rest;

    [InlineArray(8)]
    private struct Rest
    {
        private long _first;
    }
}
