namespace Holdfast.Btf;

/// <summary>Type tags stand before all other modifiers of a chain (<c>btf_check_type_tags</c>).</summary>
internal static class BtfTypeTagCheck
{
    public static BtfDiagnostic? Find(BtfGraph graph)
    {
        for (uint id = graph.FirstId; id < graph.Count; id++)
        {
            bool inTags = true;
            for (uint at = id; at != 0 && graph.Raw(at).Kind.IsModifier(); at = graph.Raw(at).SizeOrType)
            {
                bool tag = graph.Raw(at).Kind == BtfKind.TypeTag;
                if (tag && !inTags)
                {
                    return new(BtfDiagnosticId.MisplacedTypeTag, graph.OffsetOf(id), "Type tags don't precede modifiers", id);
                }

                inTags = tag;
            }
        }

        return null;
    }
}
