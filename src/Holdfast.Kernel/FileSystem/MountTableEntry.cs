namespace Holdfast.Kernel.FileSystem;

/// <summary>A mount.</summary>
/// <param name="Path">Where it is mounted.</param>
/// <param name="Options">Options of the mount.</param>
/// <param name="FileSystemOptions">Options of the file system.</param>
internal sealed record MountTableEntry(string Path, string[] Options, string[] FileSystemOptions);
