using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>What a replay must know of map types.</summary>
internal static class MapTraits
{
    /// <summary>Slots of a per-CPU value in a recording: the recording machine had two CPUs.</summary>
    public const int RecordedSlots = 2;

    /// <summary>Whether a map has a value for each CPU.</summary>
    public static bool IsPerCpu(uint type) =>
        (MapType)type is MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash or MapType.PerCpuCgroupStorage;

    /// <summary>Whether all elements are there from the beginning, zero until written.</summary>
    public static bool IsArray(uint type) => (MapType)type is MapType.Array or MapType.PerCpuArray;

    /// <summary>Whether it holds what a recorded descriptor stood for, of no interest to the verifier.</summary>
    public static bool HoldsDescriptors(uint type) => (MapType)type is MapType.ProgArray or MapType.PerfEventArray or MapType.CgroupArray;

    /// <summary>Whether its contents can be listed and compared.</summary>
    public static bool IsComparable(uint type) => IsArray(type)
        || (MapType)type is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;

    /// <summary>Bytes of a value as commands carry it.</summary>
    /// <param name="map">The map.</param>
    /// <param name="slots">CPUs of the engine.</param>
    public static int ValueBytes(RecordedMap map, int slots) =>
        IsPerCpu(map.Type) ? Stride(map) * slots : checked((int)map.ValueSize);

    /// <summary>Bytes from one CPU's value to the next one's.</summary>
    public static int Stride(RecordedMap map) => checked((int)(map.ValueSize + 7) / 8 * 8);

    /// <summary>bpftool's spelling.</summary>
    public static string Name(uint type) => Enum.IsDefined((MapType)type) ? ((MapType)type).ToString() : $"type {type}";
}
