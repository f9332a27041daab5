namespace Holdfast.Verifier.Analysis;

/// <summary>A frame: registers and stack of one call (<c>struct bpf_func_state</c>).</summary>
internal sealed class FunctionState
{
    public const int RegisterCount = 11;
    public const int MaximumStack = 512;

    public FunctionState(int frame, int callSite, int subprogram)
    {
        Frame = frame;
        CallSite = callSite;
        Subprogram = subprogram;
        Registers = new RegisterState[RegisterCount];
        Stack = [];
    }

    public int Frame { get; private set; }

    /// <summary>Slot of the call; -1 for the outermost frame.</summary>
    public int CallSite { get; private set; }

    public int Subprogram { get; private set; }

    /// <summary>What called this frame back, or <see langword="null"/> for a plain call.</summary>
    public CallbackKind? Callback { get; set; }

    /// <summary>How often the callback has been entered on this path.</summary>
    public int CallbackDepth { get; set; }

    public bool IsAsyncCallback { get; set; }

    public RegisterState[] Registers { get; }

    /// <summary>Slots from the top of the frame down: slot 0 is fp-8.</summary>
    public StackSlot[] Stack { get; private set; }

    public int AllocatedStack => Stack.Length * 8;

    public FunctionState Clone()
    {
        FunctionState copy = new(Frame, CallSite, Subprogram);
        copy.CopyFrom(this);
        return copy;
    }

    /// <summary>Becomes a copy of another frame, in the memory it has.</summary>
    public void CopyFrom(FunctionState other)
    {
        Frame = other.Frame;
        CallSite = other.CallSite;
        Subprogram = other.Subprogram;
        Callback = other.Callback;
        CallbackDepth = other.CallbackDepth;
        IsAsyncCallback = other.IsAsyncCallback;
        other.Registers.CopyTo(Registers, 0);
        if (Stack.Length != other.Stack.Length)
        {
            Stack = other.Stack.Length == 0 ? [] : new StackSlot[other.Stack.Length];
        }

        other.Stack.CopyTo(Stack, 0);
    }

    /// <summary>Grows the known part of the stack to hold <paramref name="bytes"/>.</summary>
    public void GrowStack(int bytes)
    {
        int slots = (bytes + 7) / 8;
        if (slots > Stack.Length)
        {
            StackSlot[] grown = new StackSlot[slots];
            Stack.CopyTo(grown, 0);
            Stack = grown;
        }
    }
}
