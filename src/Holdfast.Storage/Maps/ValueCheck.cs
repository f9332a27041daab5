using System.Numerics;
using System.Runtime.CompilerServices;

namespace Holdfast.Storage.Maps;

/// <summary>CRC-32C of values in shared memory.</summary>
internal static unsafe class ValueCheck
{
    /// <summary>Goes on with a checksum over some bytes.</summary>
    /// <param name="sum">The checksum so far, not inverted.</param>
    /// <param name="value">The bytes; the caller vouches for the length.</param>
    /// <param name="length">How many.</param>
    public static uint Of(uint sum, byte* value, int length)
    {
        for (; length >= sizeof(ulong); value += sizeof(ulong), length -= sizeof(ulong))
            sum = BitOperations.Crc32C(sum, Unsafe.ReadUnaligned<ulong>(value));
        for (; length > 0; value++, length--)
            sum = BitOperations.Crc32C(sum, *value);
        return sum;
    }
}
