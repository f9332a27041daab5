using System.Text;

namespace Holdfast.Btf;

/// <summary>
/// A hash index from names to ids of one blob, chained in order of id. Two arrays and no strings: building it over the
/// 130,000 types of a kernel takes milliseconds.
/// </summary>
internal sealed class BtfNameIndex
{
    private readonly int[] _buckets;
    private readonly int[] _next;
    private readonly uint _mask;

    private BtfNameIndex(int buckets, int types)
    {
        _buckets = new int[buckets];
        _next = new int[types];
        _mask = (uint)buckets - 1;
    }

    public static BtfNameIndex Build(BtfGraph graph)
    {
        int types = (int)(graph.Count - graph.FirstId);
        var index = new BtfNameIndex((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)types + 1), types);

        // From the last to the first, so that chains run upwards.
        for (int i = types - 1; i >= 0; i--)
        {
            ReadOnlySpan<byte> name = graph.GetUtf8(graph.Raw(graph.FirstId + (uint)i).NameOffset);
            if (!name.IsEmpty)
            {
                ref int bucket = ref index._buckets[Hash(name) & index._mask];
                index._next[i] = bucket;
                bucket = i + 1;
            }
        }

        return index;
    }

    public IEnumerable<uint> Find(BtfGraph graph, string name)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        for (int i = _buckets[Hash(utf8) & _mask]; i != 0; i = _next[i - 1])
        {
            uint id = graph.FirstId + (uint)i - 1;
            if (graph.GetUtf8(graph.Raw(id).NameOffset).SequenceEqual(utf8))
            {
                yield return id;
            }
        }
    }

    /// <summary>FNV-1a: names are short.</summary>
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte b in name)
        {
            hash = (hash ^ b) * 16777619;
        }

        return hash;
    }
}
