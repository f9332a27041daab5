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

    /// <summary>Fills a new map's control blocks.</summary>
    public static Errno Initialize(int descriptor, in MapObjectAttributes map) =>
        SharedMap.Initialize(descriptor, Of(map));
}
