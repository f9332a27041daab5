using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>A struct or union.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Tag; empty if anonymous.</param>
/// <param name="Kind"><see cref="BtfKind.Struct"/> or <see cref="BtfKind.Union"/>.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Members">Members in order.</param>
/// <param name="EncodesBitfields">Whether members carry bitfield widths (the type's <c>kind_flag</c>).</param>
public abstract record BtfComposite(
    uint Id, string Name, BtfKind Kind, uint Size, ImmutableArray<BtfMember> Members, bool EncodesBitfields)
    : BtfType(Id, Name, Kind)
{
    /// <summary>Finds a direct member by name.</summary>
    /// <param name="name">Exact name.</param>
    /// <param name="member">The member, if found.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetMember(string name, out BtfMember member)
    {
        foreach (BtfMember candidate in Members)
        {
            if (candidate.Name == name)
            {
                member = candidate;
                return true;
            }
        }

        member = default;
        return false;
    }
}
