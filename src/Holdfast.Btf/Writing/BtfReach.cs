namespace Holdfast.Btf.Writing;

/// <summary>Collects what is reached from some types.</summary>
internal sealed class BtfReach(BtfGraph graph, bool declareBehindPointers)
{
    private readonly SortedDictionary<uint, BtfType> _types = [];
    private readonly Queue<uint> _pending = new();

    // Structs, unions and modifiers of them, met behind pointers.
    private readonly HashSet<uint> _declared = [];

    public void Add(uint id)
    {
        Enqueue(id);
        while (_pending.TryDequeue(out uint next))
        {
            bool pointed = declareBehindPointers && graph[next] is BtfPointer;
            foreach (uint reference in BtfReferences.Of(graph[next]))
            {
                if (pointed)
                {
                    FollowPointer(reference);
                }
                else
                {
                    Enqueue(reference);
                }
            }
        }
    }

    /// <summary>Adds tags of what was reached, and the declarations.</summary>
    public SortedDictionary<uint, BtfType> Finish()
    {
        for (uint id = 1; id < graph.Count; id++)
        {
            if (graph.KindOf(id) == BtfKind.DeclTag && _types.ContainsKey(graph.Raw(id).SizeOrType))
            {
                _types.TryAdd(id, graph[id]);
            }
        }

        foreach (uint id in _declared)
        {
            if (!graph.KindOf(id).IsComposite())
            {
                _types.TryAdd(id, graph[id]);
            }
            else if (!graph[id].IsAnonymous)
            {
                _types.TryAdd(id, new BtfForward(id, graph.NameOf(id), graph.KindOf(id) == BtfKind.Union));
            }
        }

        return _types;
    }

    private void Enqueue(uint id)
    {
        if (id != 0 && _types.TryAdd(id, graph[id]))
        {
            _pending.Enqueue(id);
        }
    }

    /// <summary>Takes the modifiers between a pointer and the composite that it points to, but not the composite.</summary>
    private void FollowPointer(uint id)
    {
        uint end = graph.SkipModifiers(id);
        if (!graph.KindOf(end).IsComposite())
        {
            Enqueue(id);
            return;
        }

        for (uint at = id; at != end; at = graph.Raw(at).SizeOrType)
        {
            _declared.Add(at);
        }

        _declared.Add(end);
    }
}
