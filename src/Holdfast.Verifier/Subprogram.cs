namespace Holdfast.Verifier;

/// <summary>A function of a program.</summary>
/// <param name="Start">First slot.</param>
/// <param name="Length">Number of slots.</param>
/// <param name="Name">Name from BTF, or empty.</param>
/// <param name="IsGlobal">Whether it was verified on its own, for any arguments.</param>
/// <param name="StackDepth">Bytes of its own stack, a multiple of 8.</param>
public sealed record Subprogram(int Start, int Length, string Name, bool IsGlobal, int StackDepth);
