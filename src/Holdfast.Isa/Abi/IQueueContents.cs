namespace Holdfast.Isa.Abi;

/// <summary>An engine that reads queues and stacks and leaves their values in them. bpf(2) has no command for that.</summary>
public interface IQueueContents
{
    /// <summary>Reads all values, as they were at one moment.</summary>
    /// <param name="map">The descriptor of a BPF_MAP_TYPE_QUEUE or BPF_MAP_TYPE_STACK.</param>
    /// <param name="values">The values, in the order in which they were pushed.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (EINVAL: another kind of map; EPERM: the descriptor may only write).</returns>
    int ReadQueue(int map, out IReadOnlyList<byte[]> values);
}
