using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Tells what an object's own content refers to now (a prog array's slots, a link's program), so that references left by a
/// killed process can be told from those in use. Called while no reference changes; not for programs, which refer to the same for ever.
/// </summary>
/// <param name="referrer">Header of the object, which may refer.</param>
/// <param name="descriptor">Its file, for reading.</param>
/// <returns>Its targets, or null if they can't be read; then all its references count.</returns>
public delegate IReadOnlySet<ObjectKey>? ReferenceReader(ObjectHeader referrer, int descriptor);
