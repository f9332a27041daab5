namespace Holdfast.Storage.FileSystem;

/// <summary>
/// A limit on the objects of a store: maps, programs, links and BTF together. Bytes are the lengths of their files, which are what they may
/// grow to: an object that could be made is never short of its quota later. It is kept by every process of the store's owner that uses this
/// library; against others, and against files that are no objects, the file system's own quota is the means.
/// </summary>
/// <param name="User">Whose objects are counted: those whose files this user owns; null for all of the store.</param>
/// <param name="MaxObjects">Most objects; null for no limit.</param>
/// <param name="MaxBytes">Most bytes; null for no limit.</param>
public sealed record StoreQuota(uint? User, ulong? MaxObjects, ulong? MaxBytes)
{
    /// <summary>Objects counted now.</summary>
    public ulong Objects { get; init; }

    /// <summary>Bytes counted now.</summary>
    public ulong Bytes { get; init; }
}
