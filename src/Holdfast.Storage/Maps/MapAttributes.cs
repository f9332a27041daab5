using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <summary>The shape of a map, as it was created.</summary>
public readonly record struct MapAttributes
{
    /// <summary>The map's type.</summary>
    public required MapType Type { get; init; }

    /// <summary>Key size in bytes.</summary>
    public required uint KeySize { get; init; }

    /// <summary>Value size in bytes.</summary>
    public required uint ValueSize { get; init; }

    /// <summary>Capacity in entries.</summary>
    public required uint MaxEntries { get; init; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; init; }

    /// <summary><c>map_extra</c>: of a bloom filter the number of hashes.</summary>
    public ulong Extra { get; init; }

    /// <summary>Whether the map's memory is laid out for a store that outlives a power loss.</summary>
    public bool IsDurable { get; init; }

    /// <summary>Whether a development version laid the map's memory out in a way that is no longer read.</summary>
    public bool IsOutdated { get; init; }

    /// <summary>What of a value isn't data; null if all is.</summary>
    public ValueFields? Fields { get; init; }

    /// <summary>Execution slots that each element of a per-CPU map has values for.</summary>
    public uint ExecutionSlots { get; init; }
}
