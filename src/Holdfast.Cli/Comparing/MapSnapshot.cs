using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Comparing;

/// <summary>A map's entries, keys and values as hexadecimal text.</summary>
/// <param name="Entries">Values by key. Of per-CPU maps the CPUs' values in order of size: which CPU ran is chance.</param>
internal sealed record MapSnapshot(IReadOnlyDictionary<string, string> Entries)
{
    /// <summary>Whether entries of maps of a kind mean the same in both engines (ids of programs and maps don't).</summary>
    public static bool IsMeaningful(MapType type) => type
        is MapType.Array or MapType.Hash or MapType.PerCpuArray or MapType.PerCpuHash
        or MapType.LruHash or MapType.LruPerCpuHash or MapType.LpmTrie;

    /// <summary>Reads a map.</summary>
    public static MapSnapshot Of(BpfMap map)
    {
        int stride = (map.ValueSize + 7) & ~7;
        bool perCpu = map.ValueBufferSize != map.ValueSize;
        return new(map.Entries().ToDictionary(
            entry => Convert.ToHexStringLower(entry.Key),
            entry => perCpu ? Slots(entry.Value, stride) : Convert.ToHexStringLower(entry.Value)));
    }

    private static string Slots(byte[] values, int stride) => string.Join(' ', values.Chunk(stride)
        .Where(slot => slot.AsSpan().ContainsAnyExcept((byte)0))
        .Select(Convert.ToHexStringLower)
        .Order(StringComparer.Ordinal));
}
