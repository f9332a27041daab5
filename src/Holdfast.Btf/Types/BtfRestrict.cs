namespace Holdfast.Btf;

/// <summary>A type qualified by <c>restrict</c>.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="TypeId">Id of the qualified type.</param>
public sealed record BtfRestrict(uint Id, uint TypeId) : BtfModifier(Id, "", BtfKind.Restrict, TypeId);
