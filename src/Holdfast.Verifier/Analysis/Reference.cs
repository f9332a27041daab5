namespace Holdfast.Verifier.Analysis;

/// <summary>Something held that must be given back (<c>struct bpf_reference_state</c>).</summary>
/// <param name="Kind">What is held.</param>
/// <param name="Id">Its identity.</param>
/// <param name="InstructionIndex">Where it was taken.</param>
/// <param name="Owner">For a lock, the map or type that holds it.</param>
internal readonly record struct Reference(ReferenceKind Kind, int Id, int InstructionIndex, object? Owner = null);
