namespace Holdfast.Isa.Instructions;

/// <summary>Families of instruction forms that are executed alike; operation, width and size are in the opcode.</summary>
public enum FormKind : byte
{
    /// <summary>Two operands: <c>dst op= src</c> or <c>dst op= imm</c>.</summary>
    Arithmetic,

    /// <summary>Signed division or modulo (offset 1).</summary>
    SignedDivision,

    /// <summary><c>dst = -dst</c></summary>
    Negate,

    /// <summary><c>dst = src</c> or <c>dst = imm</c>.</summary>
    Move,

    /// <summary><c>dst = (sN)src</c>, N in the offset field.</summary>
    MoveSignExtended,

    /// <summary>Cast between address spaces of an arena.</summary>
    AddressSpaceCast,

    /// <summary>Byte swaps; the width is the immediate.</summary>
    ByteSwap,

    /// <summary>Load from memory, zero-extended.</summary>
    Load,

    /// <summary>Load from memory, sign-extended.</summary>
    LoadSignExtended,

    /// <summary>Store of a register.</summary>
    Store,

    /// <summary>Store of a constant.</summary>
    StoreImmediate,

    /// <summary>Atomic read-modify-write.</summary>
    Atomic,

    /// <summary>Load with acquire order.</summary>
    LoadAcquire,

    /// <summary>Store with release order.</summary>
    StoreRelease,

    /// <summary>Legacy packet load at a constant offset.</summary>
    LoadPacketAbsolute,

    /// <summary>Legacy packet load at a register plus a constant.</summary>
    LoadPacketIndirect,

    /// <summary>64-bit constant, two slots; <see cref="PseudoLoad"/> tells of what.</summary>
    LoadImmediate64,

    /// <summary>Unconditional jump, by the offset field or (<c>gotol</c>) the immediate.</summary>
    Jump,

    /// <summary>Comparison and jump.</summary>
    ConditionalJump,

    /// <summary>Jump that the runtime takes at last, so that loops end.</summary>
    MayGoto,

    /// <summary>Call of a helper by number.</summary>
    CallHelper,

    /// <summary>Call of a function of the same program.</summary>
    CallLocal,

    /// <summary>Call of a kernel function by BTF id.</summary>
    CallKfunc,

    /// <summary>Call through a register; compilers emit it, Linux refuses it.</summary>
    CallRegister,

    /// <summary>Return.</summary>
    Exit,
}
