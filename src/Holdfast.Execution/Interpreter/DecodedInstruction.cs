using System.Runtime.InteropServices;

namespace Holdfast.Execution.Interpreter;

/// <summary>One slot, ready to run.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct DecodedInstruction
{
    /// <summary>What to do.</summary>
    public Operation Operation;

    /// <summary>Destination register.</summary>
    public byte Destination;

    /// <summary>Source register; for packet loads the access size.</summary>
    public byte Source;

    /// <summary>Memory offset in bytes, distance of a jump from the next slot, or first slot of a local callee.</summary>
    public int Offset;

    /// <summary>Constant, sign-extended; address of a helper.</summary>
    public long Immediate;
}
