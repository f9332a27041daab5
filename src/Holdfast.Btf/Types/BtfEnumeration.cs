using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>An enumeration of either encoding.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Tag; empty if anonymous.</param>
/// <param name="Kind"><see cref="BtfKind.Enum"/> or <see cref="BtfKind.Enum64"/>.</param>
/// <param name="Size">Size in bytes: 1, 2, 4 or 8.</param>
/// <param name="IsSigned">Whether values are signed (the type's <c>kind_flag</c>).</param>
/// <param name="Values">Values in order.</param>
public abstract record BtfEnumeration(
    uint Id, string Name, BtfKind Kind, uint Size, bool IsSigned, ImmutableArray<BtfEnumValue> Values)
    : BtfType(Id, Name, Kind);
