using System.Runtime.InteropServices;

namespace Holdfast.Execution;

/// <summary>The 512 bytes of stack of one function. A local of this type costs nothing where locals aren't zeroed.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
internal struct StackFrame
{
    public const int Bytes = 512;

    // Makes the whole 8-byte aligned.
    public ulong First;
}
