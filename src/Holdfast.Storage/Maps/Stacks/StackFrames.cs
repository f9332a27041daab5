using System.Buffers.Binary;
using System.Numerics;

namespace Holdfast.Storage.Maps.Stacks;

/// <summary>The frames of a stack as a map's value holds them, and the hash that leads to its bucket.</summary>
internal static class StackFrames
{
    /// <summary>A frame's address: all of an entry of 8 bytes, the last 8 bytes of a <c>struct bpf_stack_build_id</c>.</summary>
    public static ulong AddressAt(ReadOnlySpan<byte> value, int frame, uint frameBytes) =>
        BinaryPrimitives.ReadUInt64LittleEndian(value[(((frame + 1) * (int)frameBytes) - sizeof(ulong))..]);

    /// <summary>CRC-32C of the addresses, with its bits mixed (MurmurHash3's finaliser): ids are its low bits.</summary>
    public static uint HashOf(ReadOnlySpan<ulong> addresses)
    {
        uint hash = ~0u;
        foreach (ulong address in addresses)
            hash = BitOperations.Crc32C(hash, address);
        return Mix(hash);
    }

    /// <summary>Whether a bucket's place holds the stack that its state is of.</summary>
    /// <param name="layout">The map's layout.</param>
    /// <param name="id">The bucket.</param>
    /// <param name="state">Its state, not empty.</param>
    /// <param name="value">The frames in the place that counts.</param>
    public static bool AreOf(in StackLayout layout, uint id, StackState state, ReadOnlySpan<byte> value)
    {
        if (state.IsBeyond((int)(layout.Stride / layout.FrameBytes)) || (state.Hash & (layout.BucketCount - 1)) != id)
            return false;
        uint hash = ~0u;
        for (int frame = 0; frame < state.Frames(int.MaxValue); frame++)
            hash = BitOperations.Crc32C(hash, AddressAt(value, frame, layout.FrameBytes));
        return Mix(hash) == state.Hash;
    }

    private static uint Mix(uint hash)
    {
        hash = (hash ^ (hash >> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >> 13)) * 0xC2B2AE35;
        return hash ^ (hash >> 16);
    }
}
