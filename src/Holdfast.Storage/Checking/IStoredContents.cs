using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>What objects mean, which this room doesn't know: asked of private copies, while others change the store.</summary>
public interface IStoredContents
{
    /// <summary>What an object's content refers to.</summary>
    /// <param name="header">The object's header.</param>
    /// <param name="descriptor">Its file, for reading.</param>
    /// <returns>Its targets; null if they can't be read, or aren't told by its content.</returns>
    IReadOnlySet<ObjectKey>? Targets(ObjectHeader header, int descriptor);

    /// <summary>What is wrong with a section whose checksum is right.</summary>
    /// <param name="header">The object's header.</param>
    /// <param name="kind">The section.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <returns>One line; null if nothing is.</returns>
    string? Flaw(ObjectHeader header, ObjectSectionKind kind, byte[] bytes);
}
