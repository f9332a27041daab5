namespace Holdfast.Isa.Instructions;

/// <summary>Access sizes: bits 3 and 4 of a load or store opcode, RFC 9669 section 5.</summary>
public enum MemorySize : byte
{
    /// <summary><c>BPF_W</c>: 4 bytes.</summary>
    Word = 0x00,

    /// <summary><c>BPF_H</c>: 2 bytes.</summary>
    Half = 0x08,

    /// <summary><c>BPF_B</c>: 1 byte.</summary>
    Byte = 0x10,

    /// <summary><c>BPF_DW</c>: 8 bytes.</summary>
    Double = 0x18,
}
