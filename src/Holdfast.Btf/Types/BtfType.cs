namespace Holdfast.Btf;

/// <summary>A type of a <see cref="BtfGraph"/>. References to other types are ids in the same graph.</summary>
/// <param name="Id">Id in its graph; 0 is void.</param>
/// <param name="Name">Name, empty for anonymous types and for kinds that carry none.</param>
/// <param name="Kind">Kind, one per derived record.</param>
public abstract record BtfType(uint Id, string Name, BtfKind Kind)
{
    /// <summary>Whether the type has no name.</summary>
    public bool IsAnonymous => Name.Length == 0;
}
