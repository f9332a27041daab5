using System.Buffers.Binary;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Copies a map's entries into a map of another layout. The old map is only read, so that whatever fails, nothing of it is lost.</summary>
internal static class MapMigration
{
    /// <summary>Whether maps of a type have entries that mean the same in another map.</summary>
    public static bool HasEntries(MapType type) => type is MapType.Array or MapType.Hash or MapType.PerCpuArray or MapType.PerCpuHash
        or MapType.LruHash or MapType.LruPerCpuHash;

    /// <summary>Copies all entries.</summary>
    /// <exception cref="BpfException">EINVAL: a number doesn't fit, two keys become one, or there are no types to go by; E2BIG: the new map is full.</exception>
    public static BpfMigrationReport Run(BpfMap from, BpfMap to)
    {
        if (!HasEntries(from.Type) || !HasEntries(to.Type) || IsArray(from) != IsArray(to))
            throw Refused(from, $"entries of a {from.Type} map can't be copied into a {to.Type} map");
        BtfGraph? old = from.ReadBtf(), @new = to.ReadBtf();
        LayoutConversion keys = Plan(from, "key", old, from.Info.BtfKeyTypeId, from.KeySize, @new, to.Info.BtfKeyTypeId, to.KeySize);
        LayoutConversion values = Plan(from, "value", old, from.Info.BtfValueTypeId, from.ValueSize, @new, to.Info.BtfValueTypeId, to.ValueSize);
        long copied = 0, beyond = 0;
        byte[] key = new byte[to.KeySize], value = new byte[to.ValueBufferSize];
        foreach ((byte[] oldKey, byte[] oldValue) in from.Entries())
        {
            if (IsArray(from) && BinaryPrimitives.ReadUInt32LittleEndian(oldKey) >= to.MaxEntries)
            {
                beyond++;
                continue;
            }

            key.AsSpan().Clear();
            Check(from, keys.Convert(oldKey, key), oldKey);
            ConvertValue(from, to, values, oldValue, value, oldKey);
            Put(from, to, key, value, oldKey);
            copied++;
        }

        return new(copied, [.. keys.Dropped, .. values.Dropped], [.. keys.Defaulted, .. values.Defaulted], [.. keys.Converted, .. values.Converted], beyond);
    }

    private static LayoutConversion Plan(BpfMap map, string root, BtfGraph? old, uint oldType, int oldSize, BtfGraph? @new, uint newType, int newSize)
    {
        if (old is not null && @new is not null && oldType != 0 && newType != 0)
            return LayoutConversion.Plan(old, oldType, @new, newType, root);
        return oldSize == newSize
            ? LayoutConversion.Bytes(oldSize)
            : throw Refused(map, $"its {root} has {oldSize} bytes, the new one {newSize}, and one of them has no types (compile with -g)");
    }

    /// <summary>Values of per-CPU maps are one for each CPU, each rounded up to 8 bytes.</summary>
    private static void ConvertValue(BpfMap from, BpfMap to, LayoutConversion values, byte[] old, byte[] @new, byte[] key)
    {
        @new.AsSpan().Clear();
        bool isPerCpu = from.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;
        bool staysPerCpu = to.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;
        if (isPerCpu != staysPerCpu)
            throw Refused(from, $"a {from.Type} map has other values than a {to.Type} map");
        int step = isPerCpu ? (from.ValueSize + 7) & ~7 : from.ValueSize, newStep = isPerCpu ? (to.ValueSize + 7) & ~7 : to.ValueSize;
        for (int index = 0; index < old.Length / step; index++)
            Check(from, values.Convert(old.AsSpan(index * step, from.ValueSize), @new.AsSpan(index * newStep, to.ValueSize)), key);
    }

    private static void Put(BpfMap from, BpfMap to, byte[] key, byte[] value, byte[] oldKey)
    {
        try
        {
            to.Update(key, value, IsArray(to) ? UpdateFlags.Any : UpdateFlags.NoExist);
        }
        catch (BpfException exception) when (exception.Errno == Errno.EEXIST)
        {
            throw Refused(from, $"key {Convert.ToHexStringLower(oldKey)} becomes the same as another in the new layout");
        }
    }

    private static void Check(BpfMap map, string? field, byte[] key)
    {
        if (field is not null)
            throw Refused(map, $"{field} of the entry with key {Convert.ToHexStringLower(key)} holds a number that its new field can't");
    }

    private static bool IsArray(BpfMap map) => map.Type is MapType.Array or MapType.PerCpuArray;

    private static BpfException Refused(BpfMap map, string why) =>
        new(Errno.EINVAL, $"migrate map '{map.Name}': {why}; the old map is as it was [{Errno.EINVAL}]");
}
