namespace Holdfast.Verifier.Analysis;

/// <summary>What lies at an offset of a kernel object.</summary>
/// <param name="PointedTo">For a pointer to a struct, that struct's BTF id; else 0: a number.</param>
/// <param name="Flags">Flags of the pointer.</param>
/// <param name="Error">Why the access is refused, or <see langword="null"/>.</param>
internal readonly record struct TypedField(uint PointedTo, TypeFlags Flags, string? Error);
