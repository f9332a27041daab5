namespace Holdfast.Verifier.Analysis;

/// <summary>A state that later paths are compared with, and how useful it has been.</summary>
internal sealed class KeptState(VerifierState state)
{
    public VerifierState State { get; } = state;

    public int Hits { get; set; }

    public int Misses { get; set; }
}
