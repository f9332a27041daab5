namespace Holdfast.Verifier.Analysis;

/// <summary>A path to walk later.</summary>
/// <param name="State">What is known at its start.</param>
/// <param name="Index">Its first instruction.</param>
/// <param name="Previous">The instruction that it comes from.</param>
internal readonly record struct PendingPath(VerifierState State, int Index, int Previous);
