namespace Holdfast.Btf;

/// <summary>A function.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Name.</param>
/// <param name="TypeId">Id of its <see cref="BtfFunctionPrototype"/>.</param>
/// <param name="Linkage">Linkage.</param>
public sealed record BtfFunction(uint Id, string Name, uint TypeId, BtfFunctionLinkage Linkage)
    : BtfType(Id, Name, BtfKind.Function);
