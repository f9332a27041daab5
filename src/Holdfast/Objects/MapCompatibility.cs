using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Whether a live map can serve as the map that an object declares.</summary>
internal static class MapCompatibility
{
    /// <summary>Throws if it can't, naming what differs.</summary>
    /// <exception cref="BpfException">EINVAL.</exception>
    public static void Check(IBpfEngine engine, BpfObjectSpec spec, MapSpec wanted, BpfMap found, string where)
    {
        if (FindDifference(engine, spec, wanted, found) is { } difference)
        {
            throw new BpfException(
                Errno.EINVAL, $"map '{wanted.Name}' can't be the one {where}: {difference}; unpin that one, or load the object that made it [{Errno.EINVAL}]");
        }
    }

    /// <summary>The first difference, or null.</summary>
    public static string? FindDifference(IBpfEngine engine, BpfObjectSpec spec, MapSpec wanted, BpfMap found)
    {
        MapInfo info = found.Info;
        return Differ("type", wanted.Type, info.Type)
            ?? Differ("key size", wanted.KeySize, info.KeySize)
            ?? Differ("value size", wanted.ValueSize, info.ValueSize)
            ?? Differ("max_entries", wanted.MaxEntries, info.MaxEntries)
            ?? Differ("map_flags", wanted.Flags, info.MapFlags)
            ?? Differ("map_extra", wanted.Extra, info.MapExtra)
            ?? MapTypes.FindDifference(engine, spec, wanted, info);
    }

    private static string? Differ<T>(string what, T wanted, T found) =>
        EqualityComparer<T>.Default.Equals(wanted, found) ? null : $"its {what} is {found}, the object wants {wanted}";
}
