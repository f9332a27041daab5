using System.Collections.Immutable;

namespace Holdfast.Btf.Writing;

/// <summary>The ids in a type's record, and the record with other ids in their place.</summary>
internal static class BtfReferences
{
    /// <summary>Ids that the type refers to; void among them.</summary>
    public static IEnumerable<uint> Of(BtfType type) => type switch
    {
        BtfPointer t => [t.TypeId],
        BtfArray t => [t.ElementTypeId, t.IndexTypeId],
        BtfComposite t => t.Members.Select(member => member.TypeId),
        BtfModifier t => [t.TypeId],
        BtfFunction t => [t.TypeId],
        BtfFunctionPrototype t => t.Parameters.Select(parameter => parameter.TypeId).Append(t.ReturnTypeId),
        BtfVariable t => [t.TypeId],
        BtfDataSection t => t.Variables.Select(variable => variable.TypeId),
        BtfDeclTag t => [t.TypeId],
        _ => [],
    };

    /// <summary>The same type, referring to other ids.</summary>
    public static BtfType Remap(BtfType type, Func<uint, uint> map) => type switch
    {
        BtfPointer t => t with { TypeId = map(t.TypeId) },
        BtfArray t => t with { ElementTypeId = map(t.ElementTypeId), IndexTypeId = map(t.IndexTypeId) },
        BtfComposite t => t with { Members = Each(t.Members, member => member with { TypeId = map(member.TypeId) }) },
        BtfModifier t => t with { TypeId = map(t.TypeId) },
        BtfFunction t => t with { TypeId = map(t.TypeId) },
        BtfFunctionPrototype t => t with
        {
            ReturnTypeId = map(t.ReturnTypeId),
            Parameters = Each(t.Parameters, parameter => parameter with { TypeId = map(parameter.TypeId) }),
        },
        BtfVariable t => t with { TypeId = map(t.TypeId) },
        BtfDataSection t => t with { Variables = Each(t.Variables, variable => variable with { TypeId = map(variable.TypeId) }) },
        BtfDeclTag t => t with { TypeId = map(t.TypeId) },
        _ => type,
    };

    private static ImmutableArray<T> Each<T>(ImmutableArray<T> items, Func<T, T> change) => [.. items.Select(change)];
}
