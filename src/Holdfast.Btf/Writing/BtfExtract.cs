namespace Holdfast.Btf.Writing;

/// <summary>A blob of its own with some types of a graph and all that they need.</summary>
/// <param name="Bytes">The blob.</param>
/// <param name="Ids">The new ids of the types that were asked for, in the order asked; 0 for void.</param>
public sealed record BtfExtract(byte[] Bytes, IReadOnlyList<uint> Ids)
{
    /// <summary>Extracts types, such as a map's key and value, into a minimal blob. Order is kept, so equal graphs give equal bytes.</summary>
    /// <param name="graph">Graph to take from.</param>
    /// <param name="ids">Ids below the graph's count.</param>
    /// <param name="declareBehindPointers">
    /// Whether a named struct or union that only pointers lead to is declared instead of defined, and what else is behind
    /// pointers to anonymous ones is left out: without it a value that points to a kernel object brings half the kernel along.
    /// </param>
    /// <returns>The blob and the new ids.</returns>
    public static BtfExtract From(BtfGraph graph, IReadOnlyList<uint> ids, bool declareBehindPointers = false)
    {
        var reach = new BtfReach(graph, declareBehindPointers);
        foreach (uint id in ids)
        {
            reach.Add(id);
        }

        SortedDictionary<uint, BtfType> types = reach.Finish();
        var renumbered = new Dictionary<uint, uint> { [0] = 0 };
        foreach (uint id in types.Keys)
        {
            renumbered.Add(id, (uint)renumbered.Count);
        }

        var builder = new BtfBuilder();
        foreach (BtfType type in types.Values)
        {
            builder.Add(BtfReferences.Remap(type, id => renumbered.GetValueOrDefault(id)));
        }

        return new(builder.ToArray(), [.. ids.Select(id => renumbered[id])]);
    }
}
