using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>A bucket of a hash map: <see cref="HashLayout.BucketBytes"/>, or in a durable map <see cref="HashLayout.DurableBucketBytes"/>, which only these have the last two fields.</summary>
[StructLayout(LayoutKind.Explicit, Size = HashLayout.DurableBucketBytes)]
internal struct HashBucket
{
    /// <summary>Lock word of the bucket's writers.</summary>
    [FieldOffset(0)]
    public uint Lock;

    /// <summary>Index + 1 of the first element, 0 if there is none.</summary>
    [FieldOffset(4)]
    public uint Head;

    /// <summary>Changed before each unlinking: a reader that found nothing looks whether it may have lost its way.</summary>
    [FieldOffset(8)]
    public uint Unlinks;

    /// <summary>Of a map with locks in its values: index + 1 of the element that holds what an update in place is writing; 0 if none is under way.</summary>
    [FieldOffset(12)]
    public uint Redo;

    /// <summary>Sum over the chain's elements of what tells their use from any other; see <c>docs/on-disk-format.md</c>.</summary>
    [FieldOffset(16)]
    public ulong Digest;

    /// <summary>The digest that the change under way leads to; the same if there is none.</summary>
    [FieldOffset(24)]
    public ulong NextDigest;
}
