namespace Holdfast.Btf;

/// <summary>A floating-point number.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">C name.</param>
/// <param name="Size">Size in bytes: 2, 4, 8, 12 or 16.</param>
public sealed record BtfFloat(uint Id, string Name, uint Size) : BtfType(Id, Name, BtfKind.Float);
