using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>
/// The header of an element, the last two fields in durable maps only; key and value follow. Elements never move, and their memory stays mapped: a pointer to one is
/// always a pointer to some element.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = HashLayout.DurableHeaderBytes)]
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

    /// <summary>Checksum of the value as the update wrote it, and of this use of the memory.</summary>
    public uint Check;

    /// <summary>The epoch (the number of syncs begun before) in which the entry was inserted, and <see cref="Loose"/>.</summary>
    public uint Mark;

    /// <summary>In <see cref="Mark"/>: a program has been given the value's address.</summary>
    public const uint Loose = 1u << 31;

    /// <summary>Never used, or in the free queue.</summary>
    public const uint Free = 0;

    /// <summary>In a bucket. No lease has this value: slots are counted from 1 in a lease, and 127 is none.</summary>
    public const uint Linked = 0x7f;

    /// <summary>In a state with a lease: the element is, or was until now, an entry of the map.</summary>
    public const uint CountsAsEntry = 0x80;
}
