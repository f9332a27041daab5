using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>How many values a map keeps for a key.</summary>
internal static class PerCpuValues
{
    /// <summary>Whether maps of a kind keep a value for each CPU.</summary>
    public static bool AreKeptBy(MapType type) =>
        type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary>Bytes that a lookup in a map fills: per-CPU maps give all values, each rounded up to 8 bytes.</summary>
    public static int BufferSize(IBpfEngine engine, in MapInfo info) => AreKeptBy(info.Type)
        ? checked((int)((info.ValueSize + 7) & ~7u) * SlotsOf(engine))
        : (int)info.ValueSize;

    /// <summary>Values that the engine's per-CPU maps keep for a key.</summary>
    public static int SlotsOf(IBpfEngine engine) => ((IExecutionSlots)engine).ExecutionSlots;
}
