namespace Holdfast.Isa.Instructions;

/// <summary>Addressing modes: the high three bits of a load or store opcode, RFC 9669 section 5.</summary>
public enum MemoryMode : byte
{
    /// <summary><c>BPF_IMM</c>: 64-bit constant in two slots.</summary>
    Imm = 0x00,

    /// <summary><c>BPF_ABS</c>: packet byte at a constant offset (legacy).</summary>
    Abs = 0x20,

    /// <summary><c>BPF_IND</c>: packet byte at a register plus a constant (legacy).</summary>
    Ind = 0x40,

    /// <summary><c>BPF_MEM</c>: plain load or store.</summary>
    Mem = 0x60,

    /// <summary><c>BPF_MEMSX</c>: sign-extending load.</summary>
    MemSx = 0x80,

    /// <summary><c>BPF_ATOMIC</c>: atomic operation, told apart by the immediate.</summary>
    Atomic = 0xc0,
}
