namespace Holdfast.Verifier.Analysis;

/// <summary>A step that backtracking can't know from the instructions alone (<c>struct bpf_jmp_history_entry</c>).</summary>
/// <param name="Index">The instruction.</param>
/// <param name="Previous">The one executed before it.</param>
/// <param name="StackSlot">Slot that the instruction accessed through a pointer, or -1.</param>
/// <param name="StackFrame">Frame of that slot.</param>
/// <param name="Linked">Registers and spills that took part in a refinement of linked numbers, or <see langword="null"/>.</param>
/// <param name="DestinationIsPointer">The comparison's first operand was no number.</param>
/// <param name="SourceIsPointer">The comparison's second operand was no number.</param>
internal readonly record struct JumpRecord(
    int Index, int Previous, int StackSlot = -1, int StackFrame = 0, LinkedPlace[]? Linked = null, bool DestinationIsPointer = false, bool SourceIsPointer = false);

/// <summary>A register or stack slot of a frame.</summary>
/// <param name="Frame">The frame.</param>
/// <param name="IsSlot">Whether <paramref name="Number"/> is a stack slot.</param>
/// <param name="Number">Register or slot.</param>
internal readonly record struct LinkedPlace(byte Frame, bool IsSlot, byte Number);
