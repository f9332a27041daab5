namespace Holdfast.Isa.Abi;

/// <summary>An engine that lets user space read the records that programs write, and write those that they read.</summary>
public interface IRecordSourceEngine
{
    /// <summary>Opens the reading end of a BPF_MAP_TYPE_RINGBUF. It has one reader at a time.</summary>
    /// <param name="map">The map's descriptor; it may be closed afterwards.</param>
    /// <param name="source">The reading end.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int OpenRing(int map, out IRecordSource? source);

    /// <summary>Makes a perf buffer for each CPU and puts it into a BPF_MAP_TYPE_PERF_EVENT_ARRAY.</summary>
    /// <param name="map">The map's descriptor; the kernel takes the buffers out of the map again when it is closed.</param>
    /// <param name="entries">The map's <c>max_entries</c>: CPUs from this number on get no buffer.</param>
    /// <param name="pages">Size of each buffer in pages, a power of two.</param>
    /// <param name="source">The reading end of all of them.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int OpenPerf(int map, int entries, int pages, out IRecordSource? source);

    /// <summary>Opens the writing end of a BPF_MAP_TYPE_USER_RINGBUF. It has one writer at a time.</summary>
    /// <param name="map">The map's descriptor; it may be closed afterwards.</param>
    /// <param name="sink">The writing end.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int OpenUserRing(int map, out IRecordSink? sink);
}
