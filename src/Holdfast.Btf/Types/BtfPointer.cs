namespace Holdfast.Btf;

/// <summary>A pointer (8 bytes on every target of BPF programs).</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="TypeId">Id of the type pointed to; 0 for <c>void *</c>.</param>
public sealed record BtfPointer(uint Id, uint TypeId) : BtfType(Id, "", BtfKind.Pointer);
