namespace Holdfast.Verifier.Analysis;

/// <summary>All that is known at a point of a path (<c>struct bpf_verifier_state</c>).</summary>
internal sealed class VerifierState
{
    public List<FunctionState> Frames { get; private init; } = [];

    public List<Reference> References { get; private init; } = [];

    /// <summary>The steps since <see cref="FirstIndex"/> that backtracking must know.</summary>
    public List<JumpRecord> History { get; private set; } = [];

    /// <summary>The state that this one continues; its precision marks depend on ours.</summary>
    public VerifierState? Parent { get; set; }

    /// <summary>Paths from here that are not finished.</summary>
    public int Branches { get; set; }

    public int FirstIndex { get; set; }

    public int LastIndex { get; set; }

    /// <summary>Instruction at which a kept state was taken.</summary>
    public int Index { get; set; }

    public int MayGotoDepth { get; set; }

    public int ActiveLocks { get; set; }

    public int ActiveLockId { get; set; }

    public object? ActiveLockOwner { get; set; }

    public int RcuDepth { get; set; }

    public int PreemptDepth { get; set; }

    public bool IsSleepable { get; set; }

    /// <summary>Whether a path was dropped because it loops back to this state.</summary>
    public bool HasBackEdge { get; set; }

    /// <summary>Whether dead registers and slots were forgotten already.</summary>
    public bool IsCleaned { get; set; }

    public FunctionState Current => Frames[^1];

    public int CurrentFrame => Frames.Count - 1;

    /// <summary>A copy to continue or to keep. The history goes with the one that continues.</summary>
    public VerifierState Clone(bool withHistory)
    {
        VerifierState copy = new()
        {
            Frames = new(Frames.Count),
            References = References.Count == 0 ? [] : [.. References],
            Parent = Parent,
            Branches = Branches,
            FirstIndex = FirstIndex,
            LastIndex = LastIndex,
            Index = Index,
            MayGotoDepth = MayGotoDepth,
            ActiveLocks = ActiveLocks,
            ActiveLockId = ActiveLockId,
            ActiveLockOwner = ActiveLockOwner,
            RcuDepth = RcuDepth,
            PreemptDepth = PreemptDepth,
            IsSleepable = IsSleepable,
        };
        foreach (FunctionState frame in Frames)
        {
            copy.Frames.Add(frame.Clone());
        }

        if (withHistory)
        {
            copy.History = [.. History];
        }

        return copy;
    }

    /// <summary>Hands the history over to a kept state and starts a new one.</summary>
    public List<JumpRecord> TakeHistory()
    {
        List<JumpRecord> taken = History;
        History = [];
        return taken;
    }

    public void SetHistory(List<JumpRecord> history) => History = history;
}
