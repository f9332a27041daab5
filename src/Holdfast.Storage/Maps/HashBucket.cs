using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>
/// A bucket of a hash map: <see cref="HashLayout.BucketBytes"/>, or in a durable map <see cref="HashLayout.DurableBucketBytes"/>, which only these have the last two fields.
/// Its chain is sorted: of two elements, the one comes first whose hash has 0 where they differ lowest. So whenever a bucket is split, what goes is the chain's end.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = HashLayout.DurableBucketBytes)]
internal struct HashBucket
{
    /// <summary>Index + 1 of the first element, 0 if there is none.</summary>
    [FieldOffset(0)]
    public uint Head;

    /// <summary>Sum over the chain's elements of what tells their use from any other; see <c>docs/on-disk-format.md</c>.</summary>
    [FieldOffset(16)]
    public ulong Digest;

    /// <summary>The digest that the change under way leads to; the same if there is none.</summary>
    [FieldOffset(24)]
    public ulong NextDigest;
}
