namespace Holdfast.Btf;

/// <summary>An array; a flexible one has no elements.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="ElementTypeId">Id of the element's type.</param>
/// <param name="IndexTypeId">Id of the index's type, an integer.</param>
/// <param name="ElementCount">Number of elements.</param>
public sealed record BtfArray(uint Id, uint ElementTypeId, uint IndexTypeId, uint ElementCount) : BtfType(Id, "", BtfKind.Array);
