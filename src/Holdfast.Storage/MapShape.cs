using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage;

/// <summary>A map's shape, between its object file and its shared memory.</summary>
public static class MapShape
{
    /// <summary>The shape that an object file states.</summary>
    /// <param name="map">What the file's header says.</param>
    /// <returns>The shape, not yet checked.</returns>
    public static MapAttributes Of(in MapObjectAttributes map) => new()
    {
        Type = map.Type,
        KeySize = map.KeySize,
        ValueSize = map.ValueSize,
        MaxEntries = map.MaxEntries,
        Flags = map.Flags,
        Extra = map.MapExtra,
        ExecutionSlots = map.ExecutionSlots,
        Fields = map.Type is MapType.Array or MapType.Hash ? ValueFields.Of(map) : null,
        IsDurable = (map.DataVersion & MapObjectAttributes.DurableData) != 0,
        IsOutdated = MapObjectAttributes.IsHash(map.Type) && (map.DataVersion & MapObjectAttributes.StripedData) == 0,
    };
}
