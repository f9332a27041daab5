namespace Holdfast.Verifier.Analysis;

/// <summary>What a byte of the stack holds (<c>enum bpf_stack_slot_type</c>).</summary>
internal enum SlotKind : byte
{
    Invalid,
    Spill,
    Misc,
    Zero,
    Dynptr,
    Iterator,
    Interrupt,
}
