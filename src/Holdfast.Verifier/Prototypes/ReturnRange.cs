namespace Holdfast.Verifier.Prototypes;

/// <summary>An inclusive range of return values.</summary>
/// <param name="Minimum">Least value.</param>
/// <param name="Maximum">Greatest value.</param>
/// <param name="Is32Bit">Whether only the low 32 bits count (LSM hooks, struct_ops).</param>
public readonly record struct ReturnRange(long Minimum, long Maximum, bool Is32Bit = false);
