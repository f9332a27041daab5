namespace Holdfast.Isa.Instructions;

/// <summary>What a field of an instruction holds in one <see cref="InstructionForm"/>.</summary>
public enum FieldUse : byte
{
    /// <summary>One value only, which tells the form apart; mostly zero for fields that aren't used.</summary>
    Fixed,

    /// <summary>A register that is read, written or both.</summary>
    Register,

    /// <summary>A number that the instruction computes with.</summary>
    Number,

    /// <summary>Bytes from an address register.</summary>
    MemoryOffset,

    /// <summary>Slots to the target, from the next instruction.</summary>
    JumpDistance,

    /// <summary>Which helper, kernel function, map, variable or descriptor is meant.</summary>
    Reference,

    /// <summary>Not looked at by Linux 6.18, though RFC 9669 section 3.1 wants it zero.</summary>
    Ignored,
}
