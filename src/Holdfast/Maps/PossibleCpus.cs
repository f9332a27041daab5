using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>How many values a per-CPU map keeps for a key.</summary>
internal static class PossibleCpus
{
    /// <summary>Whether maps of a kind keep a value for each CPU.</summary>
    public static bool HasValuesEach(MapType type) =>
        type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary>Bytes that a lookup in a map fills.</summary>
    public static int ValueBufferSize(IBpfEngine engine, in MapInfo info) => HasValuesEach(info.Type)
        ? checked((int)((info.ValueSize + 7) & ~7u) * Count(engine))
        : (int)info.ValueSize;

    /// <summary>How many CPUs the engine has per-CPU values for.</summary>
    public static int Count(IBpfEngine engine) => engine is IExecutionSlots counted ? counted.ExecutionSlots : 1;
}
