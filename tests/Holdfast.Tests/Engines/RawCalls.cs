using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Attributes as bytes of any length, as a program that calls bpf(2) itself may hand them in.</summary>
internal static class RawCalls
{
    /// <summary>Invokes a command with an attribute of a given length, some bytes of which are set.</summary>
    public static Errno Invoke<T>(this IBpfEngine engine, BpfCommand command, in T attribute, int length, params (int Offset, byte Value)[] changes)
        where T : unmanaged
    {
        byte[] bytes = new byte[length];
        ReadOnlySpan<byte> known = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in attribute));
        known[..Math.Min(known.Length, length)].CopyTo(bytes);
        foreach ((int offset, byte value) in changes)
            bytes[offset] = value;
        return engine.InvokeAndClose(command, bytes);
    }

    public static int SizeOf<T>() => Unsafe.SizeOf<T>();

    /// <summary>Closes what a command that succeeded has opened.</summary>
    public static Errno InvokeAndClose(this IBpfEngine engine, BpfCommand command, Span<byte> attribute)
    {
        int result = engine.Invoke(command, attribute);
        if (result > 0)
            Assert.Equal(0, engine.Close(result));
        return result < 0 ? (Errno)(-result) : Errno.None;
    }

    /// <summary>The id of the map behind a descriptor.</summary>
    public static uint MapId(this IBpfEngine engine, int map)
    {
        MapInfo info = default;
        Assert.Equal(0, engine.Info(map, ref info));
        return info.Id;
    }

    public static Errno Answer(int result) => result < 0 ? (Errno)(-result) : Errno.None;
}
