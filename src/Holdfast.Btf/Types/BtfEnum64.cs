using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>An enumeration with 64-bit values.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Tag; empty if anonymous.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="IsSigned">Whether values are signed.</param>
/// <param name="Values">Values in order; a declaration has none.</param>
public sealed record BtfEnum64(uint Id, string Name, uint Size, bool IsSigned, ImmutableArray<BtfEnumValue> Values)
    : BtfEnumeration(Id, Name, BtfKind.Enum64, Size, IsSigned, Values);
