namespace Holdfast.Btf;

/// <summary>A global or static variable.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Name.</param>
/// <param name="TypeId">Id of its type.</param>
/// <param name="Linkage">Linkage.</param>
public sealed record BtfVariable(uint Id, string Name, uint TypeId, BtfVariableLinkage Linkage)
    : BtfType(Id, Name, BtfKind.Variable);
