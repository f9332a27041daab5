using System.Reflection;
using System.Runtime.InteropServices;

namespace Holdfast.Execution.Jit;

/// <summary>Registers of a function that is cut into regions, while it goes from one to the next.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChunkFrame
{
    public ulong R0;
    public ulong R1;
    public ulong R2;
    public ulong R3;
    public ulong R4;
    public ulong R5;
    public ulong R6;
    public ulong R7;
    public ulong R8;
    public ulong R9;

    /// <summary>r10.</summary>
    public ulong StackTop;

    /// <summary>What is left for <c>may_goto</c>.</summary>
    public long MayGoto;

    public static FieldInfo Register(int register) => typeof(ChunkFrame).GetField("R" + register)!;
}
