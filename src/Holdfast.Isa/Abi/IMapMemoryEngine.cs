namespace Holdfast.Isa.Abi;

/// <summary>An engine that maps the values of arrays into the caller's memory, as <c>mmap</c> of a map's descriptor does (<c>bpf_map_mmap</c>).</summary>
public interface IMapMemoryEngine
{
    /// <summary>Maps all values of a BPF_MAP_TYPE_ARRAY made with BPF_F_MMAPABLE.</summary>
    /// <param name="map">The map's descriptor; it may be closed afterwards.</param>
    /// <param name="writable">Whether for writing too.</param>
    /// <param name="memory">The mapping.</param>
    /// <returns>
    /// Zero, or the negated <see cref="Errno"/>: EACCES, not through this descriptor, or for writing a map made with BPF_F_RDONLY_PROG; EPERM, frozen;
    /// ENOTSUPP, no array, or its values have locks, timers or kernel pointers; EINVAL, not made with BPF_F_MMAPABLE, or opened for reading only.
    /// </returns>
    int MapMemory(int map, bool writable, out IMapMemory? memory);
}
