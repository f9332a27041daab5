namespace Holdfast.Isa.Instructions;

/// <summary>Jump operations: the high four bits of an opcode of class <c>BPF_JMP</c> or <c>BPF_JMP32</c>, RFC 9669 section 4.3.</summary>
public enum JumpOperation : byte
{
    /// <summary><c>BPF_JA</c>: always; in class <c>BPF_JMP32</c> the distance is the immediate (<c>gotol</c>).</summary>
    Ja = 0x00,

    /// <summary><c>BPF_JEQ</c></summary>
    Jeq = 0x10,

    /// <summary><c>BPF_JGT</c>: unsigned.</summary>
    Jgt = 0x20,

    /// <summary><c>BPF_JGE</c>: unsigned.</summary>
    Jge = 0x30,

    /// <summary><c>BPF_JSET</c>: any common bit.</summary>
    Jset = 0x40,

    /// <summary><c>BPF_JNE</c></summary>
    Jne = 0x50,

    /// <summary><c>BPF_JSGT</c>: signed.</summary>
    Jsgt = 0x60,

    /// <summary><c>BPF_JSGE</c>: signed.</summary>
    Jsge = 0x70,

    /// <summary><c>BPF_CALL</c></summary>
    Call = 0x80,

    /// <summary><c>BPF_EXIT</c></summary>
    Exit = 0x90,

    /// <summary><c>BPF_JLT</c>: unsigned.</summary>
    Jlt = 0xa0,

    /// <summary><c>BPF_JLE</c>: unsigned.</summary>
    Jle = 0xb0,

    /// <summary><c>BPF_JSLT</c>: signed.</summary>
    Jslt = 0xc0,

    /// <summary><c>BPF_JSLE</c>: signed.</summary>
    Jsle = 0xd0,

    /// <summary><c>BPF_JCOND</c>: <c>may_goto</c> (Linux 6.9), bounded by the runtime.</summary>
    Jcond = 0xe0,
}
