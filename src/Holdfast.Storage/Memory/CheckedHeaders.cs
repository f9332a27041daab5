using System.Buffers.Binary;

namespace Holdfast.Storage.Memory;

/// <summary>
/// The last headers that were found valid: to compare a header with one of them is much less than to check and copy it anew. All that a check
/// depends on is compared, so that no change of a file goes unseen.
/// </summary>
internal static class CheckedHeaders
{
    private const int Places = 64;

    // Any thread replaces one; none changes.
    private static readonly ObjectHeader?[] Seen = new ObjectHeader?[Places];

    /// <summary>A copy of a header that was found valid before; null if it wasn't.</summary>
    /// <param name="bytes"><see cref="ObjectHeaderLayout.ReadLength"/> of them.</param>
    internal static ObjectHeader? Find(ReadOnlySpan<byte> bytes)
    {
        ObjectHeader? seen = Volatile.Read(ref Place(bytes));
        return seen?.With(bytes);
    }

    /// <summary>Remembers a header that is valid.</summary>
    /// <param name="bytes">The header.</param>
    /// <param name="header">A copy of it.</param>
    internal static void Add(ReadOnlySpan<byte> bytes, ObjectHeader header) => Volatile.Write(ref Place(bytes), header);

    private static ref ObjectHeader? Place(ReadOnlySpan<byte> bytes) =>
        ref Seen[BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.IdOffset..]) % Places];
}
