namespace Holdfast.Storage.Backup;

/// <summary>A mount of a store that was copied with it.</summary>
/// <param name="Path">Where it is mounted.</param>
/// <param name="Copy">Where its copy is, a mount of the backup.</param>
public sealed record BackupMount(string Path, string Copy);
