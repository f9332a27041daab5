namespace Holdfast.Btf;

/// <summary>Second pass over a blob: every id and name is in range.</summary>
internal static class BtfReferenceCheck
{
    /// <summary>Finds the first thing that is wrong, or null.</summary>
    public static BtfDiagnostic? Find(BtfGraph graph)
    {
        for (uint id = graph.FirstId; id < graph.Count; id++)
        {
            if (Check(graph, id, graph.Raw(id)) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static BtfDiagnostic? Check(BtfGraph graph, uint id, RawType raw)
    {
        BtfDiagnostic? wrong = CheckName(graph, id, raw, 0);
        switch (raw.Kind)
        {
            case BtfKind.Pointer or BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag
                or BtfKind.Function or BtfKind.Variable or BtfKind.DeclTag:
                return wrong ?? CheckId(graph, id, raw, 2);
            case BtfKind.Array:
                return wrong ?? CheckId(graph, id, raw, 3) ?? CheckId(graph, id, raw, 4);
            case BtfKind.Struct or BtfKind.Union:
                return wrong ?? CheckEach(graph, id, raw, words: 3, nameWord: 0, idWord: 1);
            case BtfKind.Enum:
                return wrong ?? CheckEach(graph, id, raw, words: 2, nameWord: 0, idWord: -1);
            case BtfKind.Enum64:
                return wrong ?? CheckEach(graph, id, raw, words: 3, nameWord: 0, idWord: -1);
            case BtfKind.FunctionPrototype:
                return wrong ?? CheckId(graph, id, raw, 2) ?? CheckEach(graph, id, raw, words: 2, nameWord: 0, idWord: 1);
            case BtfKind.DataSection:
                return wrong ?? CheckEach(graph, id, raw, words: 3, nameWord: -1, idWord: 0);
            default:
                return wrong;
        }
    }

    private static BtfDiagnostic? CheckEach(BtfGraph graph, uint id, RawType raw, int words, int nameWord, int idWord)
    {
        BtfDiagnostic? wrong = null;
        for (int i = 0, word = 3; i < raw.Length && wrong is null; i++, word += words)
        {
            wrong = nameWord < 0 ? null : CheckName(graph, id, raw, word + nameWord);
            wrong ??= idWord < 0 ? null : CheckId(graph, id, raw, word + idWord);
        }

        return wrong;
    }

    private static BtfDiagnostic? CheckName(BtfGraph graph, uint id, RawType raw, int word) =>
        raw.Word(word) < graph.StringEnd || raw.Word(word) == 0
            ? null
            : new(BtfDiagnosticId.NameOutOfRange, graph.OffsetOf(id) + (word * 4), $"Invalid name_offset:{raw.Word(word)}", id);

    private static BtfDiagnostic? CheckId(BtfGraph graph, uint id, RawType raw, int word) =>
        raw.Word(word) < graph.Count
            ? null
            : new(BtfDiagnosticId.InvalidTypeId, graph.OffsetOf(id) + (word * 4), $"Invalid type_id:{raw.Word(word)}", id);
}
