namespace Holdfast.Btf;

/// <summary>A type qualified by <c>const</c>.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="TypeId">Id of the qualified type.</param>
public sealed record BtfConst(uint Id, uint TypeId) : BtfModifier(Id, "", BtfKind.Const, TypeId);
