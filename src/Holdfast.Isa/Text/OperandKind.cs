namespace Holdfast.Isa.Text;

/// <summary>Operands of a syntax, in braces in the opcode table.</summary>
internal enum OperandKind
{
    /// <summary>Not an operand.</summary>
    None,

    /// <summary><c>rd</c></summary>
    Destination64,

    /// <summary><c>wd</c></summary>
    Destination32,

    /// <summary><c>d</c>: as mnemonics write it.</summary>
    Destination,

    /// <summary><c>rs</c></summary>
    Source64,

    /// <summary><c>ws</c></summary>
    Source32,

    /// <summary><c>s</c>: as mnemonics write it.</summary>
    Source,

    /// <summary><c>imm</c>: signed decimal.</summary>
    Immediate,

    /// <summary><c>negimm</c>: as above, with the sign turned.</summary>
    NegatedImmediate,

    /// <summary><c>jimm</c>: what a jump compares with; the kernel writes it in hexadecimal.</summary>
    JumpImmediate,

    /// <summary><c>imm64</c>: both immediates of a <c>lddw</c>.</summary>
    Immediate64,

    /// <summary><c>next</c>: immediate of the second slot, unsigned.</summary>
    NextImmediate,

    /// <summary><c>field</c>: the offset field as a number.</summary>
    OffsetField,

    /// <summary><c>md</c>: destination register plus offset.</summary>
    DestinationMemory,

    /// <summary><c>ms</c>: source register plus offset.</summary>
    SourceMemory,

    /// <summary><c>off</c>: target by the offset field.</summary>
    JumpOffset,

    /// <summary><c>dist</c>: target by the immediate.</summary>
    JumpDistance,

    /// <summary><c>pcdist</c>: as above, always written with <c>pc</c>.</summary>
    CallDistance,

    /// <summary><c>helper</c></summary>
    Helper,
}
