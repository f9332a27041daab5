using Holdfast.Isa.Abi;
using Holdfast.Kernel.Buffers;

namespace Holdfast.Kernel;

/// <content>Records between programs and user space, and arrays mapped into it.</content>
public sealed partial class KernelEngine : IRecordSourceEngine, IMapMemoryEngine, IExecutionSlots
{
    /// <summary>The CPUs that this machine may ever have.</summary>
    public int ExecutionSlots => PossibleCpus.Count;

    /// <inheritdoc/>
    public int OpenRing(int map, out IRecordSource? source)
    {
        source = null;
        MapInfo info = default;
        int result = this.Info(map, ref info);
        if (result < 0)
            return result;
        return info.Type == MapType.RingBuf ? RingSource.Open(map, info.MaxEntries, out source) : -(int)Errno.EINVAL;
    }

    /// <inheritdoc/>
    public int OpenPerf(int map, int entries, int pages, out IRecordSource? source)
    {
        source = null;
        if (pages <= 0 || !int.IsPow2(pages))
            return -(int)Errno.EINVAL;
        return PerfSource.Open(this, map, entries, pages, out source);
    }

    /// <inheritdoc/>
    public int OpenUserRing(int map, out IRecordSink? sink)
    {
        sink = null;
        MapInfo info = default;
        int result = this.Info(map, ref info);
        if (result < 0)
            return result;
        return info.Type == MapType.UserRingBuf ? RingSink.Open(map, info.MaxEntries, out sink) : -(int)Errno.EINVAL;
    }

    /// <inheritdoc/>
    public int MapMemory(int map, bool writable, out IMapMemory? memory)
    {
        memory = null;
        MapInfo info = default;
        int result = this.Info(map, ref info);
        return result < 0 ? result : info.Type == MapType.Array ? ArrayMemory.Open(map, info, writable, out memory) : -(int)Errno.ENOTSUPP;
    }
}
