using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Values that tell whose they are and whether they are whole: every word is a function of key and counter.</summary>
internal static class SelfVerifying
{
    // Of a value of 4 bytes: ids of other objects.
    private const int KeyBits = 8;
    private const uint KeyMask = (1u << KeyBits) - 1;

    public static byte[] Key(uint key)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, key);
        return bytes;
    }

    public static void Fill(Span<byte> value, uint key, ulong counter)
    {
        if (value.Length == sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(value, (uint)(counter << KeyBits) | (key & KeyMask));
            return;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(value, counter);
        for (int at = 8; at < value.Length; at += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(value[at..], Word(key, counter, at));
    }

    public static byte[] Value(int length, uint key, ulong counter)
    {
        byte[] value = new byte[length];
        Fill(value, key, counter);
        return value;
    }

    /// <summary>The counter of a whole value of this key; null if it is torn or another key's.</summary>
    public static ulong? Read(ReadOnlySpan<byte> value, uint key)
    {
        if (value.Length == sizeof(uint))
            return BinaryPrimitives.ReadUInt32LittleEndian(value) is var word && (word & KeyMask) == (key & KeyMask) ? word >> KeyBits : null;

        ulong counter = BinaryPrimitives.ReadUInt64LittleEndian(value);
        for (int at = 8; at < value.Length; at += 8)
        {
            if (BinaryPrimitives.ReadUInt64LittleEndian(value[at..]) != Word(key, counter, at))
                return null;
        }

        return counter;
    }

    private static ulong Word(uint key, ulong counter, int at) =>
        BitOperations.RotateLeft((counter + ((ulong)key << 32)) * 0x9E3779B97F4A7C15, at & 63) ^ (ulong)at;
}
