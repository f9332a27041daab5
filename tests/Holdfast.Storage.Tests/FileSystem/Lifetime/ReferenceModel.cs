using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>The rules of SEMANTICS §1 on paper: who refers to what, and so what must live.</summary>
internal sealed class ReferenceModel
{
    public const int Slots = 4;

    /// <summary>Maps that each program uses, and the slots of each prog array (no program where the id is 0).</summary>
    public Dictionary<ObjectKey, ObjectKey[]> Contents { get; init; } = [];

    /// <summary>Names.</summary>
    public Dictionary<string, ObjectKey> Pins { get; init; } = [];

    /// <summary>Objects whose name or holder went without anybody of ours being told: a sweep's to free.</summary>
    public HashSet<ObjectKey> Unswept { get; init; } = [];

    public ReferenceModel Copy() => new()
    {
        Contents = Contents.ToDictionary(entry => entry.Key, entry => (ObjectKey[])entry.Value.Clone()),
        Pins = new(Pins),
        Unswept = [.. Unswept],
    };

    /// <summary>Everything that somebody can reach.</summary>
    public HashSet<ObjectKey> Live(IEnumerable<ObjectKey> held) => Reach(Pins.Values.Concat(held));

    /// <summary>What may still be there though nobody can reach it: what waits for a sweep, what is in a cycle, and what these refer to.</summary>
    public HashSet<ObjectKey> MayLinger(HashSet<ObjectKey> live) =>
        Reach(Unswept.Concat(Contents.Keys.Where(key => !live.Contains(key) && IsInCycle(key))));

    private HashSet<ObjectKey> Reach(IEnumerable<ObjectKey> roots)
    {
        HashSet<ObjectKey> reached = [];
        Stack<ObjectKey> open = new(roots);
        while (open.TryPop(out ObjectKey key))
        {
            if (key.Id == 0 || !reached.Add(key))
                continue;
            foreach (ObjectKey target in Contents.GetValueOrDefault(key) ?? [])
                open.Push(target);
        }

        return reached;
    }

    private bool IsInCycle(ObjectKey key) => Reach(Contents[key]).Contains(key);
}
