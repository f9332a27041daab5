namespace Holdfast.Storage.Memory;

/// <summary>Which file a descriptor stands for: a number that was closed and used again stands for another.</summary>
/// <param name="Device">Device number.</param>
/// <param name="Inode">Inode number.</param>
public readonly record struct FileIdentity(ulong Device, ulong Inode)
{
    /// <summary>Tells which file a descriptor stands for.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>The file; all zeros, which no file is, if the descriptor isn't open.</returns>
    public static FileIdentity Of(int descriptor) =>
        Posix.Stat(descriptor, out FileStatus status) < 0 ? default : new(status.Device, status.Inode);
}
