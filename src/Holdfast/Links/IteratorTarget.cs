using System.Buffers.Binary;

namespace Holdfast;

/// <summary>What an iterator goes over, <c>union bpf_iter_link_info</c>; without one it is all that there is.</summary>
public sealed class IteratorTarget
{
    private readonly byte[] _information;

    private IteratorTarget(params ReadOnlySpan<uint> words)
    {
        _information = new byte[16];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(_information.AsSpan(i * sizeof(uint)), words[i]);
    }

    internal ReadOnlySpan<byte> Information => _information;

    /// <summary>The elements of a map (<c>iter/bpf_map_elem</c>).</summary>
    /// <param name="map">The map; the link holds it.</param>
    /// <returns>The target.</returns>
    public static IteratorTarget Map(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return new((uint)map.Handle.Descriptor);
    }

    /// <summary>One thread (<c>iter/task</c> and its like).</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The target.</returns>
    public static IteratorTarget Thread(int id) => new((uint)id);

    /// <summary>The threads of one process (<c>iter/task</c> and its like).</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The target.</returns>
    public static IteratorTarget Process(int id) => new(0, (uint)id);
}
