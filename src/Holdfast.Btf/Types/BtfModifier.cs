namespace Holdfast.Btf;

/// <summary>A type that is another type with something said about it: typedef, qualifier or type tag.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Name of a typedef or tag; else empty.</param>
/// <param name="Kind">Kind.</param>
/// <param name="TypeId">Id of the type that is modified; 0 for void.</param>
public abstract record BtfModifier(uint Id, string Name, BtfKind Kind, uint TypeId) : BtfType(Id, Name, Kind);
