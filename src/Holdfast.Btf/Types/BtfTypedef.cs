namespace Holdfast.Btf;

/// <summary>A typedef.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">The new name.</param>
/// <param name="TypeId">Id of the named type.</param>
public sealed record BtfTypedef(uint Id, string Name, uint TypeId) : BtfModifier(Id, Name, BtfKind.Typedef, TypeId);
