using Holdfast.Storage;

namespace Holdfast;

/// <summary>What uses what: programs, maps and links, their names, and the processes that have them open.</summary>
/// <param name="nodes">The objects.</param>
public sealed class BpfGraph(IReadOnlyList<BpfGraphNode> nodes)
{
    private readonly ILookup<ObjectKey, ObjectKey> _users =
        nodes.SelectMany(node => node.Uses.Select(used => (Used: used, User: node.Key))).ToLookup(edge => edge.Used, edge => edge.User);

    /// <summary>The objects that the caller may see, by kind and id.</summary>
    public IReadOnlyList<BpfGraphNode> Nodes { get; } = nodes;

    /// <summary>The objects that refer to one.</summary>
    /// <param name="key">The object.</param>
    /// <returns>Their keys.</returns>
    public IEnumerable<ObjectKey> UsersOf(ObjectKey key) => _users[key];
}
