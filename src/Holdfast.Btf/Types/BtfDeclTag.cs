namespace Holdfast.Btf;

/// <summary>A tag on a declaration (<c>btf_decl_tag</c>).</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">The tag.</param>
/// <param name="TypeId">Id of the struct, union, function, variable or typedef that is tagged.</param>
/// <param name="ComponentIndex">Index of the tagged member or parameter; −1 if the whole is tagged.</param>
/// <param name="IsAttribute">Whether the tag stands for a compiler attribute (<c>kind_flag</c>, Linux 6.14).</param>
public sealed record BtfDeclTag(uint Id, string Name, uint TypeId, int ComponentIndex, bool IsAttribute)
    : BtfType(Id, Name, BtfKind.DeclTag);
