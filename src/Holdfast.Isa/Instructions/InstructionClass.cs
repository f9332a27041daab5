namespace Holdfast.Isa.Instructions;

/// <summary>Instruction classes, RFC 9669 section 3.2.</summary>
public enum InstructionClass : byte
{
    /// <summary><c>BPF_LD</c>: non-standard loads (<c>lddw</c>, <c>ld_abs</c>, <c>ld_ind</c>).</summary>
    Ld = 0,

    /// <summary><c>BPF_LDX</c>: load into a register.</summary>
    Ldx = 1,

    /// <summary><c>BPF_ST</c>: store an immediate.</summary>
    St = 2,

    /// <summary><c>BPF_STX</c>: store a register; atomics.</summary>
    Stx = 3,

    /// <summary><c>BPF_ALU</c>: 32-bit arithmetic.</summary>
    Alu = 4,

    /// <summary><c>BPF_JMP</c>: 64-bit jumps, calls, exit.</summary>
    Jmp = 5,

    /// <summary><c>BPF_JMP32</c>: 32-bit jumps.</summary>
    Jmp32 = 6,

    /// <summary><c>BPF_ALU64</c>: 64-bit arithmetic.</summary>
    Alu64 = 7,
}
