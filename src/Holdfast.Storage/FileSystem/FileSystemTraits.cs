namespace Holdfast.Storage.FileSystem;

/// <summary>What a kind of file system means for a store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsVolatile">Whether a restart empties it.</param>
/// <param name="MaximumLinks">Most names that one file can have, so most references to one object; null for no such limit.</param>
/// <param name="Refusal">Why it can't hold a store; null if it can.</param>
internal sealed record FileSystemTraits(string Name, bool IsVolatile, long? MaximumLinks, string? Refusal)
{
    internal static FileSystemTraits Good(string name, bool volatileContent, long? maximumLinks) => new(name, volatileContent, maximumLinks, null);

    internal static FileSystemTraits Refused(string name, string reason) => new(name, false, null, reason);
}
