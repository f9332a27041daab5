using System.Runtime.InteropServices;

namespace Holdfast.Execution.Jit;

/// <summary>Types of locals that hold a function's stack: the smallest that is big enough keeps host frames small.</summary>
internal static class StackTypes
{
    /// <summary>Finds a type.</summary>
    /// <param name="depth">Bytes of stack, at most 512.</param>
    /// <returns>The type and its size.</returns>
    public static (Type Type, int Size) For(int depth) => depth switch
    {
        <= 16 => (typeof(Bytes16), 16),
        <= 32 => (typeof(Bytes32), 32),
        <= 64 => (typeof(Bytes64), 64),
        <= 128 => (typeof(Bytes128), 128),
        <= 256 => (typeof(Bytes256), 256),
        _ => (typeof(StackFrame), StackFrame.Bytes),
    };

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Bytes16
    {
        public ulong First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    private struct Bytes32
    {
        public ulong First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Bytes64
    {
        public ulong First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Bytes128
    {
        public ulong First;
    }

    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct Bytes256
    {
        public ulong First;
    }
}
