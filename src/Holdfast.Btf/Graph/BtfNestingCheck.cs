namespace Holdfast.Btf;

/// <summary>
/// Third pass over a blob: no type contains itself by value, no chain of pointers and modifiers comes back to its start,
/// and neither is deeper than <see cref="MaxDepth"/>. Afterwards walking a type by value ends, and may recurse.
/// The kernel's own limit is 32; this one leaves room for objects that are only looked at.
/// </summary>
internal sealed class BtfNestingCheck
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 128;

    private const byte Active = byte.MaxValue;

    private readonly BtfGraph _graph;
    private readonly bool _throughPointers;

    // By type: 0 not seen, Active on the stack, else the depth below it.
    private readonly byte[] _depths;
    private readonly (uint Id, int Next, byte Deepest)[] _stack = new (uint, int, byte)[MaxDepth + 1];

    private BtfNestingCheck(BtfGraph graph, bool throughPointers)
    {
        _graph = graph;
        _throughPointers = throughPointers;
        _depths = new byte[graph.Count - graph.FirstId];
    }

    /// <summary>Finds the first thing that is wrong, or null.</summary>
    public static BtfDiagnostic? Find(BtfGraph graph) =>
        new BtfNestingCheck(graph, throughPointers: false).FindFirst() ?? new BtfNestingCheck(graph, throughPointers: true).FindFirst();

    private BtfDiagnostic? FindFirst()
    {
        for (uint id = _graph.FirstId; id < _graph.Count; id++)
        {
            if (_depths[id - _graph.FirstId] == 0 && Visit(id) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private BtfDiagnostic? Visit(uint root)
    {
        int top = 0;
        _stack[0] = (root, 0, 0);
        _depths[root - _graph.FirstId] = Active;
        while (top >= 0)
        {
            ref (uint Id, int Next, byte Deepest) frame = ref _stack[top];
            if (!TryNext(frame.Id, ref frame.Next, out uint child))
            {
                byte depth = (byte)(frame.Deepest + 1);
                _depths[frame.Id - _graph.FirstId] = depth;
                top--;
                if (top >= 0)
                {
                    _stack[top].Deepest = Math.Max(_stack[top].Deepest, depth);
                }

                if (depth > MaxDepth)
                {
                    return new(BtfDiagnosticId.NestedTooDeep, _graph.OffsetOf(root), $"types are nested deeper than {MaxDepth}", root);
                }

                continue;
            }

            if (child < _graph.FirstId)
            {
                continue;
            }

            ref byte state = ref _depths[child - _graph.FirstId];
            if (state == Active)
            {
                return new(BtfDiagnosticId.Loop, _graph.OffsetOf(child), "Loop detected", child);
            }

            if (state != 0)
            {
                frame.Deepest = Math.Max(frame.Deepest, state);
            }
            else if (top == MaxDepth)
            {
                return new(BtfDiagnosticId.NestedTooDeep, _graph.OffsetOf(root), $"types are nested deeper than {MaxDepth}", root);
            }
            else
            {
                state = Active;
                _stack[++top] = (child, 0, 0);
            }
        }

        return null;
    }

    /// <summary>The next type that this one holds (or, among pointers, points to).</summary>
    private bool TryNext(uint id, ref int next, out uint child)
    {
        RawType raw = _graph.Raw(id);
        int index = next++;
        child = 0;
        switch (raw.Kind)
        {
            case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                child = raw.SizeOrType;
                return index == 0;
            case BtfKind.Variable:
                child = raw.SizeOrType;
                return index == 0 && !_throughPointers;
            case BtfKind.Pointer:
                child = raw.SizeOrType;
                return index == 0 && _throughPointers;
            case BtfKind.Array:
                child = raw.Word(3);
                return index == 0 && !_throughPointers;
            case BtfKind.Struct or BtfKind.Union when index < raw.Length && !_throughPointers:
                child = raw.Word(4 + (index * 3));
                return true;
            default:
                return false;
        }
    }
}
