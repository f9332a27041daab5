using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>How many values a per-CPU map keeps for a key.</summary>
internal static class PossibleCpus
{
    private static readonly Lazy<int> KernelCount = new(ReadKernel);

    /// <summary>Bytes that a lookup in a map fills.</summary>
    public static int ValueBufferSize(IBpfEngine engine, in MapInfo info)
    {
        bool perCpu = info.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;
        return perCpu ? checked((int)((info.ValueSize + 7) & ~7u) * Count(engine)) : (int)info.ValueSize;
    }

    /// <summary>How many CPUs the engine has per-CPU values for.</summary>
    public static int Count(IBpfEngine engine) => engine is IExecutionSlots counted ? counted.ExecutionSlots : KernelCount.Value;

    /// <summary>Reads e.g. <c>0-3,5</c>: possible CPUs are numbered without bound gaps, the last number decides.</summary>
    private static int ReadKernel()
    {
        string text = File.ReadAllText("/sys/devices/system/cpu/possible").Trim();
        return int.Parse(text.Split('-', ',')[^1]) + 1;
    }
}
