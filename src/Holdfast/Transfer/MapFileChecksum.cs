using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast;

/// <summary>CRC-32C.</summary>
internal static class MapFileChecksum
{
    /// <summary>The checksum of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint sum = ~0u;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte rest in bytes)
            sum = BitOperations.Crc32C(sum, rest);
        return ~sum;
    }
}
