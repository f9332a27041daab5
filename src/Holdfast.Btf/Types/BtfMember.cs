namespace Holdfast.Btf;

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">Name; empty for an anonymous struct or union, or for bitfield padding.</param>
/// <param name="TypeId">Id of the member's type.</param>
/// <param name="BitOffset">Offset from the start of the composite, in bits.</param>
/// <param name="BitfieldSize">Width in bits of a bitfield; 0 for an ordinary member.</param>
public readonly record struct BtfMember(string Name, uint TypeId, uint BitOffset, byte BitfieldSize)
{
    /// <summary>Whether the member is a bitfield by its own encoding (legacy bitfields are in the integer type).</summary>
    public bool IsBitfield => BitfieldSize != 0;

    /// <summary>Offset in whole bytes, rounded down.</summary>
    public uint ByteOffset => BitOffset / 8;
}
