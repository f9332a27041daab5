using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>
/// The header of an element; key and value follow. Elements never move, and their memory stays mapped: a pointer to one is
/// always a pointer to some element.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = HashLayout.HeaderBytes)]
internal struct HashElement
{
    /// <summary>Index + 1 of the next element of the bucket, or of the free queue; 0 ends both.</summary>
    public uint Next;

    /// <summary>The key's hash.</summary>
    public uint Hash;

    /// <summary>
    /// Counts the uses of this memory: even while key, value and <see cref="Next"/> can be read, odd while the element rests or is
    /// being filled. Who copied anything looks again whether the version is the same.
    /// </summary>
    public uint Version;

    /// <summary>
    /// <see cref="Free"/>, <see cref="Linked"/>, or the lease of the writer that is taking it from the one to the other, with
    /// <see cref="CountsAsEntry"/>. If that writer dies, whether the bucket reaches the element decides.
    /// </summary>
    public uint State;

    /// <summary>Never used, or in the free queue.</summary>
    public const uint Free = 0;

    /// <summary>In a bucket. No lease has this value: slots are counted from 1 in a lease, and 127 is none.</summary>
    public const uint Linked = 0x7f;

    /// <summary>In a state with a lease: the element is, or was until now, an entry of the map.</summary>
    public const uint CountsAsEntry = 0x80;
}
