namespace Holdfast.Verifier.Analysis;

/// <summary>All that is known at a point of a path (<c>struct bpf_verifier_state</c>).</summary>
internal sealed class VerifierState
{
    public List<FunctionState> Frames { get; } = new(1);

    public List<Reference> References { get; } = [];

    /// <summary>The steps since <see cref="FirstIndex"/> that backtracking must know.</summary>
    public List<JumpRecord> History { get; } = [];

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

    /// <summary>Becomes a copy of another state, in the memory it has. Whether it is looped back to, or cleaned, is each state's own.</summary>
    public void CopyFrom(VerifierState other)
    {
        CopyFrames(other.Frames);
        References.Clear();
        References.AddRange(other.References);
        History.Clear();
        History.AddRange(other.History);
        Parent = other.Parent;
        Branches = other.Branches;
        FirstIndex = other.FirstIndex;
        LastIndex = other.LastIndex;
        Index = other.Index;
        MayGotoDepth = other.MayGotoDepth;
        ActiveLocks = other.ActiveLocks;
        ActiveLockId = other.ActiveLockId;
        ActiveLockOwner = other.ActiveLockOwner;
        RcuDepth = other.RcuDepth;
        PreemptDepth = other.PreemptDepth;
        IsSleepable = other.IsSleepable;
        HasBackEdge = false;
        IsCleaned = false;
    }

    private void CopyFrames(List<FunctionState> frames)
    {
        if (Frames.Count > frames.Count)
        {
            Frames.RemoveRange(frames.Count, Frames.Count - frames.Count);
        }

        for (int i = 0; i < frames.Count; i++)
        {
            if (i < Frames.Count)
            {
                Frames[i].CopyFrom(frames[i]);
            }
            else
            {
                Frames.Add(frames[i].Clone());
            }
        }
    }
}
