namespace Holdfast.Verifier.Analysis;

/// <summary>Eight bytes of a frame's stack (<c>struct bpf_stack_state</c>), counted downwards as the kernel does: byte 0 of slot 0 is fp-1, byte 7 is fp-8.</summary>
internal struct StackSlot
{
    /// <summary>Kinds of the eight bytes, one byte each.</summary>
    public ulong Kinds;

    /// <summary>The register that was spilled here, if any byte is <see cref="SlotKind.Spill"/>; also of objects that take slots.</summary>
    public SpilledRegister? Spilled;

    /// <summary>Kind of one byte.</summary>
    public readonly SlotKind this[int index] => (SlotKind)(Kinds >> (index * 8));

    /// <summary>Whether a whole register is spilled here, or a narrower part (the kernel's <c>is_spilled_reg</c>).</summary>
    public readonly bool IsSpilled => this[7] == SlotKind.Spill;

    public readonly bool IsSpilledScalar => IsSpilled && Spilled!.State.Type == RegisterType.Scalar;

    public readonly bool IsFullSpill => this[0] == SlotKind.Spill && IsSpilled;

    public void Set(int index, SlotKind kind) => Kinds = (Kinds & ~(0xffUL << (index * 8))) | ((ulong)kind << (index * 8));

    public void Fill(SlotKind kind) => Kinds = (ulong)kind * 0x0101010101010101UL;

    public readonly bool IsAll(SlotKind kind) => Kinds == (ulong)kind * 0x0101010101010101UL;
}
