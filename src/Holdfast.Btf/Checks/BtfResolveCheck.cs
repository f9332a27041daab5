using System.Diagnostics;

namespace Holdfast.Btf;

/// <summary>
/// What records must be together. The kernel walks each type that refers to others depth first, at most 32 deep; what
/// ends a walk depends on where it began (<c>btf_check_all_types</c>, <c>btf_resolve</c>). The same walk is made here.
/// </summary>
internal sealed class BtfResolveCheck
{
    private const int MaxDepth = 32;
    private readonly BtfGraph _graph;
    private readonly State[] _states;
    private readonly (uint Id, int Next)[] _stack = new (uint, int)[MaxDepth];
    private readonly BtfMemberCheck _members;
    private int _top;
    private Mode _mode;

    public BtfResolveCheck(BtfGraph graph)
    {
        _graph = graph;
        _states = new State[graph.Count - graph.FirstId];
        _members = new BtfMemberCheck(graph);
    }

    private enum State : byte
    {
        New,
        Visited,
        Resolved,
    }

    private enum Mode
    {
        Undecided,
        Pointer,
        Value,
    }

    /// <summary>Finds the first thing that is wrong, or null.</summary>
    public BtfDiagnostic? Find()
    {
        for (uint id = _graph.FirstId; id < _graph.Count; id++)
        {
            BtfKind kind = _graph.Raw(id).Kind;
            BtfDiagnostic? wrong = NeedsResolving(kind) && !IsResolved(id) ? Resolve(id) : null;
            wrong ??= kind == BtfKind.FunctionPrototype ? CheckPrototype(id, _graph.Raw(id)) : null;
            if (wrong is not null)
            {
                return wrong;
            }
        }

        return null;
    }

    private static bool NeedsResolving(BtfKind kind) => kind.IsModifier() || kind.IsComposite()
        || kind is BtfKind.Pointer or BtfKind.Array or BtfKind.Variable or BtfKind.Function or BtfKind.DeclTag or BtfKind.DataSection;

    private BtfDiagnostic? Resolve(uint root)
    {
        _mode = Mode.Undecided;
        _top = 0;
        BtfDiagnostic? wrong = Push(root);
        while (wrong is null && _top > 0)
        {
            uint id = _stack[_top - 1].Id;
            wrong = Step(id, _graph.Raw(id));
        }

        return wrong;
    }

    private BtfDiagnostic? Step(uint id, RawType raw)
    {
        switch (raw.Kind)
        {
            case BtfKind.Pointer:
                return StepReference(id, raw, mayBeSizeless: true, followPointer: true);
            case BtfKind.Variable:
                return StepReference(id, raw, mayBeSizeless: false, followPointer: true);
            case BtfKind.Array:
                return StepArray(id, raw);
            case BtfKind.Struct or BtfKind.Union:
                return StepMembers(id, raw);
            case BtfKind.Function:
                return CheckFunction(id, raw) ?? Pop();
            case BtfKind.DeclTag:
                return StepDeclTag(id, raw);
            case BtfKind.DataSection:
                return StepSection(id, raw);
            default:
                return raw.Kind.IsModifier()
                    ? StepReference(id, raw, mayBeSizeless: true, followPointer: false)
                    : throw new UnreachableException("only kinds that need resolving are pushed");
        }
    }

    private BtfDiagnostic? StepReference(uint id, RawType raw, bool mayBeSizeless, bool followPointer)
    {
        uint next = raw.SizeOrType;
        BtfKind kind = _graph.KindOf(next);
        if (kind.IsSourceOnly())
        {
            return Wrong(BtfDiagnosticId.InvalidTypeId, id, 2, "Invalid type_id");
        }

        if (MustFollow(next))
        {
            return Push(next);
        }

        // A modifier may have been resolved on a walk that ended at a pointer.
        uint end = _graph.SkipModifiers(next);
        if (followPointer && kind.IsModifier() && _graph.KindOf(end) == BtfKind.Pointer && MustFollow(end))
        {
            return Push(end);
        }

        BtfKind endKind = _graph.KindOf(end);

        // A function resolves to void, once it was looked at: the kernel takes a modifier of one, by its order of walking.
        bool function = endKind == BtfKind.Function && mayBeSizeless && (next != end || IsResolved(end));
        bool allowed = function || !endKind.HasNoSize()
            || (mayBeSizeless && endKind is (BtfKind.Void or BtfKind.Forward or BtfKind.FunctionPrototype));
        return allowed ? Pop() : Wrong(BtfDiagnosticId.InvalidTypeId, id, 2, "Invalid type_id");
    }

    private BtfDiagnostic? StepArray(uint id, RawType raw)
    {
        uint index = raw.Word(4);
        BtfKind indexKind = _graph.KindOf(index);
        if (indexKind.HasNoSize() || indexKind.IsSourceOnly())
        {
            return Wrong(BtfDiagnosticId.InvalidArray, id, 4, "Invalid index");
        }

        if (MustFollow(index))
        {
            return Push(index);
        }

        index = _graph.SkipModifiers(index);
        if (_graph.KindOf(index) != BtfKind.Int || !BtfMemberCheck.IsRegular(_graph.Raw(index)))
        {
            return Wrong(BtfDiagnosticId.InvalidArray, id, 4, "Invalid index");
        }

        return StepElement(id, raw);
    }

    private BtfDiagnostic? StepElement(uint id, RawType raw)
    {
        uint element = raw.Word(3);
        BtfKind kind = _graph.KindOf(element);
        if (kind.HasNoSize() || kind.IsSourceOnly())
        {
            return Wrong(BtfDiagnosticId.InvalidArray, id, 3, "Invalid elem");
        }

        if (MustFollow(element))
        {
            return Push(element);
        }

        if (!_graph.TryGetSize(element, out uint size))
        {
            return Wrong(BtfDiagnosticId.InvalidArray, id, 3, "Invalid elem");
        }

        element = _graph.SkipModifiers(element);
        if (_graph.KindOf(element) == BtfKind.Int && !BtfMemberCheck.IsRegular(_graph.Raw(element)))
        {
            return Wrong(BtfDiagnosticId.InvalidArray, id, 3, "Invalid array of int");
        }

        return (ulong)size * raw.Word(5) > uint.MaxValue
            ? Wrong(BtfDiagnosticId.InvalidArray, id, 5, "Array size overflows U32_MAX")
            : Pop();
    }

    private BtfDiagnostic? StepMembers(uint id, RawType raw)
    {
        ref int next = ref _stack[_top - 1].Next;
        for (; next < raw.Length; next++)
        {
            int word = 3 + (next * 3);
            uint member = raw.Word(word + 1);
            BtfKind kind = _graph.KindOf(member);
            if (kind.HasNoSize() || kind.IsSourceOnly())
            {
                return Wrong(BtfDiagnosticId.InvalidMember, id, word + 1, "Invalid member");
            }

            if (MustFollow(member))
            {
                return Push(member);
            }

            if (_members.Find(raw, word) is { } wrong)
            {
                return Wrong(BtfDiagnosticId.InvalidMember, id, word + 2, wrong);
            }
        }

        return Pop();
    }

    private BtfDiagnostic? StepDeclTag(uint id, RawType raw)
    {
        uint target = raw.SizeOrType;
        BtfKind kind = _graph.KindOf(target);
        if (!kind.IsComposite() && kind is not (BtfKind.Function or BtfKind.Variable or BtfKind.Typedef))
        {
            return Wrong(BtfDiagnosticId.InvalidTypeId, id, 2, "Invalid type_id");
        }

        if (MustFollow(target))
        {
            return Push(target);
        }

        uint component = raw.Word(3);
        if (component == uint.MaxValue)
        {
            return Pop();
        }

        int length = kind switch
        {
            BtfKind.Variable or BtfKind.Typedef => 0,
            BtfKind.Function => _graph.Raw(_graph.Raw(target).SizeOrType).Length,
            _ => _graph.Raw(target).Length,
        };
        return component < length ? Pop() : Wrong(BtfDiagnosticId.InvalidComponent, id, 3, "Invalid component_idx");
    }

    private BtfDiagnostic? StepSection(uint id, RawType raw)
    {
        _mode = Mode.Undecided;
        ref int next = ref _stack[_top - 1].Next;
        for (; next < raw.Length; next++)
        {
            int word = 3 + (next * 3);
            uint variable = raw.Word(word);
            if (_graph.KindOf(variable) != BtfKind.Variable)
            {
                return Wrong(BtfDiagnosticId.InvalidSectionVariable, id, word, "Not a VAR kind member");
            }

            if (MustFollow(variable))
            {
                return Push(variable);
            }

            if (!_graph.TryGetSize(variable, out uint size) || raw.Word(word + 2) < size)
            {
                return Wrong(BtfDiagnosticId.InvalidSectionVariable, id, word + 2, "Invalid size");
            }
        }

        return Pop();
    }

    private BtfDiagnostic? CheckFunction(uint id, RawType raw)
    {
        if (_graph.KindOf(raw.SizeOrType) != BtfKind.FunctionPrototype)
        {
            return Wrong(BtfDiagnosticId.InvalidTypeId, id, 2, "Invalid type_id");
        }

        RawType prototype = _graph.Raw(raw.SizeOrType);
        for (int i = 0; i < prototype.Length; i++)
        {
            if (prototype.Word(3 + (i * 2)) == 0 && prototype.Word(4 + (i * 2)) != 0)
            {
                return Wrong(BtfDiagnosticId.InvalidPrototype, id, 2, $"Invalid arg#{i + 1}");
            }
        }

        return null;
    }

    private BtfDiagnostic? CheckPrototype(uint id, RawType raw)
    {
        if (raw.SizeOrType != 0 && CheckOperand(id, raw.SizeOrType, 2, "Invalid return type") is { } wrongReturn)
        {
            return wrongReturn;
        }

        for (int i = 0, word = 3; i < raw.Length; i++, word += 2)
        {
            uint name = raw.Word(word);
            uint type = raw.Word(word + 1);
            string message = $"Invalid arg#{i + 1}";
            if (type == 0)
            {
                // Only the last one, without a name: a variable number of arguments.
                if (i == raw.Length - 1 && name == 0)
                {
                    return null;
                }

                return Wrong(BtfDiagnosticId.InvalidPrototype, id, word + 1, message);
            }

            if (name != 0 && !BtfNames.IsIdentifier(_graph.GetUtf8(name)))
            {
                return Wrong(BtfDiagnosticId.InvalidPrototype, id, word, message);
            }

            if (CheckOperand(id, type, word + 1, message) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private BtfDiagnostic? CheckOperand(uint id, uint type, int word, string message)
    {
        BtfKind kind = _graph.KindOf(type);
        if (kind.IsSourceOnly())
        {
            return Wrong(BtfDiagnosticId.InvalidPrototype, id, word, message);
        }

        if (NeedsResolving(kind) && !IsResolved(type) && Resolve(type) is { } wrong)
        {
            return wrong;
        }

        return _graph.KindOf(_graph.SkipModifiers(type)).HasNoSize() ? Wrong(BtfDiagnosticId.InvalidPrototype, id, word, message) : null;
    }

    private bool MustFollow(uint id) => !IsSink(_graph.KindOf(id)) && !IsResolved(id);

    private bool IsSink(BtfKind kind) => _mode switch
    {
        Mode.Undecided => !NeedsResolving(kind),
        Mode.Pointer => !kind.IsModifier() && kind != BtfKind.Pointer,
        _ => !kind.IsModifier() && kind != BtfKind.Array && !kind.IsComposite(),
    };

    private bool IsResolved(uint id) => id < _graph.FirstId || _states[id - _graph.FirstId] == State.Resolved;

    private BtfDiagnostic? Push(uint id)
    {
        if (_top == MaxDepth)
        {
            return Wrong(BtfDiagnosticId.NestedTooDeep, id, 0, $"Exceeded max resolving depth:{MaxDepth}");
        }

        ref State state = ref _states[id - _graph.FirstId];
        if (state != State.New)
        {
            return Wrong(BtfDiagnosticId.Loop, id, 0, "Loop detected");
        }

        state = State.Visited;
        _stack[_top++] = (id, 0);
        BtfKind kind = _graph.Raw(id).Kind;
        if (_mode == Mode.Undecided)
        {
            _mode = kind == BtfKind.Pointer ? Mode.Pointer : kind == BtfKind.Array || kind.IsComposite() ? Mode.Value : Mode.Undecided;
        }

        return null;
    }

    private BtfDiagnostic? Pop()
    {
        _states[_stack[--_top].Id - _graph.FirstId] = State.Resolved;
        return null;
    }

    private BtfDiagnostic Wrong(BtfDiagnosticId diagnostic, uint id, int word, string message) =>
        new(diagnostic, _graph.OffsetOf(id) + (word * 4), message, id);
}
