using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.PerCpu;

/// <summary>What per-CPU maps have in common: the values of a slot lie together, so that no two slots write to one cache line.</summary>
internal static class PerCpuShape
{
    /// <summary>Most bytes of one slot's value (<c>PCPU_MIN_UNIT_SIZE</c>).</summary>
    private const uint LargestValue = 32 << 10;

    /// <summary>Slots are kept apart by two cache lines, since processors fetch them in pairs.</summary>
    private const uint SlotAlignment = 128;

    /// <summary>Bytes of one slot's value as user space sees it (<c>round_up(value_size, 8)</c>).</summary>
    public static uint StrideOf(in MapAttributes map) => ArrayLayout.StrideOf(map.ValueSize);

    /// <summary>Elements of a slot's part, those included that only fill it up.</summary>
    public static uint Row(in MapAttributes map)
    {
        // Strides are multiples of 8 and at most 32 KiB, so that a row rounded up to whole pairs of lines has a whole number of elements.
        uint unit = SlotAlignment / Math.Min(SlotAlignment, StrideOf(map) & (0u - StrideOf(map)));
        return (uint)Math.Min(uint.MaxValue, (map.MaxEntries + (ulong)unit - 1) / unit * unit);
    }

    /// <summary>Elements of all slots.</summary>
    public static ulong Rows(in MapAttributes map) => (ulong)Row(map) * map.ExecutionSlots;

    /// <summary>The array that a per-CPU array is: element <c>i</c> of slot <c>s</c> is its element <c>s * Row + i</c>.</summary>
    public static MapAttributes AsArray(in MapAttributes map) => map with
    {
        Type = MapType.Array,
        ValueSize = StrideOf(map),
        MaxEntries = (uint)Rows(map),
        Flags = MapFlags.None,
        ExecutionSlots = 0,
    };

    /// <summary>The hash map that a per-CPU hash is: slot <c>s</c> has the value's bytes from <c>s</c> times the stride on.</summary>
    public static MapAttributes AsHash(in MapAttributes map) => map with
    {
        Type = map.Type == MapType.LruPerCpuHash ? MapType.LruHash : MapType.Hash,
        ValueSize = StrideOf(map) * map.ExecutionSlots,
        ExecutionSlots = 0,
    };

    /// <summary>Checks the size of values and the number of slots.</summary>
    public static Errno Check(in MapAttributes map, out string? reason)
    {
        reason = $"values of per-CPU maps are limited to {LargestValue} bytes";
        if (map.ValueSize > LargestValue)
            return Errno.E2BIG;
        reason = $"a per-CPU map has values for 1 to {ExecutionSlots.Maximum} execution slots";
        return map.ExecutionSlots is > 0 and <= ExecutionSlots.Maximum ? Errno.None : Errno.EINVAL;
    }
}
