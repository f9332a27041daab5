namespace Holdfast.Btf;

/// <summary>A tag on a type (<c>btf_type_tag</c>), such as <c>user</c>, <c>rcu</c> or <c>kptr</c>.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">The tag.</param>
/// <param name="TypeId">Id of the tagged type.</param>
/// <param name="IsAttribute">Whether the tag stands for a compiler attribute (<c>kind_flag</c>, Linux 6.14).</param>
public sealed record BtfTypeTag(uint Id, string Name, uint TypeId, bool IsAttribute)
    : BtfModifier(Id, Name, BtfKind.TypeTag, TypeId);
