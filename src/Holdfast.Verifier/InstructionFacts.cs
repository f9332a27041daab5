namespace Holdfast.Verifier;

/// <summary>What the verifier proved of one slot, over all paths through it.</summary>
public readonly record struct InstructionFacts
{
    /// <summary>Whether any path reaches the slot; what isn't reached never runs.</summary>
    public bool IsReachable { get; init; }

    /// <summary>What kind of memory a load, store or atomic touches.</summary>
    public MemoryRegion Region { get; init; }

    /// <summary>Index into <see cref="VerifiedProgram.Maps"/> of the one map that a map helper gets here, or -1 if several or none.</summary>
    public int MapIndex { get; init; }

    /// <summary>Index into <see cref="VerifiedProgram.Subprograms"/> of the local callee or of the callback passed here, or -1.</summary>
    public int Subprogram { get; init; }
}
