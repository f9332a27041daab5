using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>A struct.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Tag; empty if anonymous.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Members">Members in order.</param>
/// <param name="EncodesBitfields">Whether members carry bitfield widths.</param>
public sealed record BtfStruct(uint Id, string Name, uint Size, ImmutableArray<BtfMember> Members, bool EncodesBitfields)
    : BtfComposite(Id, Name, BtfKind.Struct, Size, Members, EncodesBitfields);
