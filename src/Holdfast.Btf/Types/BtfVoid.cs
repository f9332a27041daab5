namespace Holdfast.Btf;

/// <summary>The type with id 0 of every graph: void.</summary>
public sealed record BtfVoid() : BtfType(0, "void", BtfKind.Void);
