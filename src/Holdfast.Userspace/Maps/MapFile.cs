using Holdfast.Storage.FileSystem;

namespace Holdfast.Userspace.Maps;

/// <summary>What a map's file states.</summary>
internal static class MapFile
{
    /// <summary>What it states, but for the types of a map of another store: these are there, and cannot be seen from here.</summary>
    public static MapObjectAttributes Read(ObjectFile file, Store store)
    {
        MapObjectAttributes map = file.Header.ReadAttributes<MapObjectAttributes>();
        if (!file.IsOf(store))
            map.BtfId = map.BtfKeyTypeId = map.BtfValueTypeId = map.InnerBtfId = map.InnerBtfKeyTypeId = map.InnerBtfValueTypeId = 0;
        return map;
    }
}
