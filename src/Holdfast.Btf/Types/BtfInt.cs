namespace Holdfast.Btf;

/// <summary>An integer, character or boolean.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">C name.</param>
/// <param name="Size">Size in bytes: 1, 2, 4, 8 or 16.</param>
/// <param name="Encoding">Signedness and use.</param>
/// <param name="BitOffset">Bit at which the value starts (legacy bitfields; 0 otherwise).</param>
/// <param name="BitCount">Number of value bits; less than 8 × size only in legacy bitfields.</param>
public sealed record BtfInt(uint Id, string Name, uint Size, BtfIntEncoding Encoding, byte BitOffset, byte BitCount)
    : BtfType(Id, Name, BtfKind.Int)
{
    /// <summary>Whether the value is signed.</summary>
    public bool IsSigned => (Encoding & BtfIntEncoding.Signed) != 0;

    /// <summary>Whether the value fills its bytes, as every value but a legacy bitfield does.</summary>
    public bool IsRegular => BitOffset == 0 && BitCount == Size * 8;
}
