namespace Holdfast.Isa.Instructions;

/// <summary>Arithmetic operations: the high four bits of an opcode of class <c>BPF_ALU</c> or <c>BPF_ALU64</c>, RFC 9669 section 4.1.</summary>
public enum AluOperation : byte
{
    /// <summary><c>BPF_ADD</c></summary>
    Add = 0x00,

    /// <summary><c>BPF_SUB</c></summary>
    Sub = 0x10,

    /// <summary><c>BPF_MUL</c></summary>
    Mul = 0x20,

    /// <summary><c>BPF_DIV</c>: unsigned, signed when the offset field is 1; division by zero gives 0.</summary>
    Div = 0x30,

    /// <summary><c>BPF_OR</c></summary>
    Or = 0x40,

    /// <summary><c>BPF_AND</c></summary>
    And = 0x50,

    /// <summary><c>BPF_LSH</c></summary>
    Lsh = 0x60,

    /// <summary><c>BPF_RSH</c>: logical.</summary>
    Rsh = 0x70,

    /// <summary><c>BPF_NEG</c></summary>
    Neg = 0x80,

    /// <summary><c>BPF_MOD</c>: unsigned, signed when the offset field is 1; modulo zero leaves the dividend.</summary>
    Mod = 0x90,

    /// <summary><c>BPF_XOR</c></summary>
    Xor = 0xa0,

    /// <summary><c>BPF_MOV</c>: with an offset field of 8, 16 or 32 it sign-extends.</summary>
    Mov = 0xb0,

    /// <summary><c>BPF_ARSH</c>: arithmetic.</summary>
    Arsh = 0xc0,

    /// <summary><c>BPF_END</c>: byte swaps, RFC 9669 section 4.2.</summary>
    End = 0xd0,
}
