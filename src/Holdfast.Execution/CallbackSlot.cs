using System.Diagnostics;

namespace Holdfast.Execution;

/// <summary>A function of a program that <c>lddw</c> can put into a register, by a number of this process.</summary>
internal sealed class CallbackSlot
{
    private static readonly HandleTable<CallbackSlot> Handles = new();

    public CallbackSlot()
    {
        Handle = Handles.Register(this);
    }

    ~CallbackSlot() => Handles.Release(Handle);

    /// <summary>What the register holds.</summary>
    public ulong Handle { get; }

    /// <summary>The function; set before the program first runs.</summary>
    public CallbackEntry Entry { get; set; } = static (_, _, _, _, _, _) => throw new UnreachableException("callback before its code");

    public static CallbackSlot? FromHandle(ulong handle) => Handles.TryResolve(handle, out CallbackSlot? slot) ? slot : null;
}
