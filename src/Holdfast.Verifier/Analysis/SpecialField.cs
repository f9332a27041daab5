using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>A special field of a structure, with the type that it leads to.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Offset in the structure, in bytes.</param>
/// <param name="Name">Name of its type.</param>
/// <param name="Types">For a kptr, list head or tree root: the types that <paramref name="TargetId"/> is an id of.</param>
/// <param name="TargetId">The structure pointed to, or held by the list or tree.</param>
/// <param name="NodeOffset">For a list head or tree root: where the node is in the structures that it holds.</param>
internal sealed record SpecialField(MapFieldKind Kind, int Offset, string Name, BtfGraph? Types = null, uint TargetId = 0, int NodeOffset = 0);
