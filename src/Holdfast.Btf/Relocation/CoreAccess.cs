namespace Holdfast.Btf.Relocation;

/// <summary>One step of an access spec that has meaning: a named member, an element, or an enumerator.</summary>
/// <param name="TypeId">Composite, element type, or enumeration.</param>
/// <param name="Index">Number of the member, element or enumerator.</param>
/// <param name="Name">Name of the member or enumerator; null for an element.</param>
internal readonly record struct CoreAccess(uint TypeId, uint Index, string? Name);
