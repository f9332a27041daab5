namespace Holdfast.Btf;

/// <summary>A struct or union that is declared and not defined.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Tag.</param>
/// <param name="IsUnion">Whether a union is declared.</param>
public sealed record BtfForward(uint Id, string Name, bool IsUnion) : BtfType(Id, Name, BtfKind.Forward);
