using System.Buffers.Binary;

namespace Holdfast.Storage.Maps.Perf;

/// <summary>What stands before a record in a perf buffer.</summary>
/// <param name="Length">Bytes of the record.</param>
/// <param name="Lost">Records of this buffer lost before it, ever: the reader knows how many of them it has told of.</param>
internal readonly record struct PerfRecord(uint Length, ulong Lost)
{
    /// <summary>Bytes of this header: length, four of no meaning, lost.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes that a record takes: records begin at multiples of 8.</summary>
    public static long StrideOf(long length) => (HeaderBytes + length + 7) & ~7L;

    /// <summary>Reads a header.</summary>
    public static PerfRecord Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));

    /// <summary>Writes it.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Lost);
    }
}
