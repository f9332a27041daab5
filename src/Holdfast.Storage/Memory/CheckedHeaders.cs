using System.Buffers.Binary;

namespace Holdfast.Storage.Memory;

/// <summary>
/// The last headers that were found valid: to compare a header with one of them is much less than to check it anew, and the copies share memory.
/// What is compared is all that the check depends on, so that no change of a file goes unseen.
/// </summary>
internal static class CheckedHeaders
{
    private const int Places = 64;

    // Each without the zeros that end it. Any thread replaces one; an array never changes once it is here.
    private static readonly byte[]?[] Seen = new byte[]?[Places];

    /// <summary>The immutable part of a header that was checked before and is the same byte for byte; null if there is none.</summary>
    /// <param name="bytes"><see cref="ObjectHeaderLayout.ReadLength"/> of them.</param>
    internal static byte[]? Find(ReadOnlySpan<byte> bytes)
    {
        byte[]? seen = Volatile.Read(ref Place(bytes));
        return seen is not null && bytes.StartsWith(seen) && IsRestZero(bytes, seen.Length) ? seen : null;
    }

    /// <summary>Remembers a header that is valid.</summary>
    /// <param name="bytes">The header.</param>
    /// <param name="used">The part of it before what is not used.</param>
    internal static void Add(ReadOnlySpan<byte> bytes, byte[] used)
    {
        if (IsRestZero(bytes, used.Length))
            Volatile.Write(ref Place(bytes), used);
    }

    private static ref byte[]? Place(ReadOnlySpan<byte> bytes) =>
        ref Seen[BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.IdOffset..]) % Places];

    private static bool IsRestZero(ReadOnlySpan<byte> bytes, int from) => !bytes[from..ObjectHeaderLayout.ImmutableLength].ContainsAnyExcept((byte)0);
}
