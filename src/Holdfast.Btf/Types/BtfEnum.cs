using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>An enumeration whose values have at most 32 bits.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Tag; empty if anonymous.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="IsSigned">Whether values are marked as signed.</param>
/// <param name="Values">Values in order; a declaration has none.</param>
public sealed record BtfEnum(uint Id, string Name, uint Size, bool IsSigned, ImmutableArray<BtfEnumValue> Values)
    : BtfEnumeration(Id, Name, BtfKind.Enum, Size, IsSigned, Values);
