using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;

namespace Holdfast.Userspace.Maps;

/// <summary>A map's shape, between its object file and its shared memory.</summary>
internal static class MapShapes
{
    /// <summary>The shape that an object file states.</summary>
    public static MapAttributes Of(in MapObjectAttributes map) => new()
    {
        Type = map.Type,
        KeySize = map.KeySize,
        ValueSize = map.ValueSize,
        MaxEntries = map.MaxEntries,
        Flags = map.Flags,
    };

    /// <summary>What a map's file states, but for the types of a map of another store: these are there, and cannot be seen from here.</summary>
    public static MapObjectAttributes Read(ObjectFile file, Store store)
    {
        MapObjectAttributes map = file.Header.ReadAttributes<MapObjectAttributes>();
        if (!file.IsOf(store))
            map.BtfId = map.BtfKeyTypeId = map.BtfValueTypeId = 0;
        return map;
    }

    /// <summary>Fills a new map's control blocks.</summary>
    public static Errno Initialize(int descriptor, in MapObjectAttributes map) =>
        SharedMap.Initialize(descriptor, Of(map));
}
