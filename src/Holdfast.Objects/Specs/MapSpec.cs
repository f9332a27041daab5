using System.Collections.Immutable;
using Holdfast.Isa.Abi;

namespace Holdfast.Objects;

/// <summary>A map as its object defines it; nothing of it exists yet. Use <c>with</c> to change it before loading.</summary>
public sealed record MapSpec
{
    /// <summary>Name in the object: the variable's, or the section's for data (<c>.rodata</c>).</summary>
    public required string Name { get; init; }

    /// <summary>Name that the live map gets, at most 15 bytes; for data libbpf's, such as <c>flow_sta.rodata</c>.</summary>
    public required string KernelName { get; init; }

    /// <summary>Kind of map.</summary>
    public MapType Type { get; init; }

    /// <summary>Key size in bytes.</summary>
    public uint KeySize { get; init; }

    /// <summary>Value size in bytes.</summary>
    public uint ValueSize { get; init; }

    /// <summary>Capacity. 0 means one a CPU for perf event arrays.</summary>
    public uint MaxEntries { get; init; }

    /// <summary>Creation flags.</summary>
    public MapFlags Flags { get; init; }

    /// <summary><c>map_extra</c>: hash functions of a Bloom filter, address of an arena.</summary>
    public ulong Extra { get; init; }

    /// <summary>NUMA node, used with <see cref="MapFlags.NumaNode"/>.</summary>
    public uint NumaNode { get; init; }

    /// <summary>Whether it is shared by a pin.</summary>
    public MapPinning Pinning { get; init; }

    /// <summary>BTF id of the key's type, 0 for none.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>BTF id of the value's type, 0 for none; a data section for data.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>What the maps in a map of maps are like.</summary>
    public MapSpec? InnerMap { get; init; }

    /// <summary>Members that it starts with: maps, programs, or the programs behind the function pointers of a struct_ops table.</summary>
    public ImmutableArray<MapSlotSpec> Slots { get; init; } = [];

    /// <summary>Whether it is created; not if its section's name starts with a question mark. Programs that use a map left out are refused.</summary>
    public bool AutoCreate { get; init; } = true;

    /// <summary>Where the definition comes from.</summary>
    public MapContents Contents { get; init; }

    /// <summary>Bytes of its one value at the start; empty for zeros, and for declared maps.</summary>
    public ImmutableArray<byte> InitialData { get; init; } = [];

    /// <summary>Whether it is frozen when its data has been written.</summary>
    public bool Freeze => Contents is MapContents.ReadOnlyData or MapContents.KernelConfig;

    /// <summary>Whether it holds variables.</summary>
    public bool IsData => Contents is MapContents.Data or MapContents.ReadOnlyData or MapContents.ZeroData or MapContents.KernelConfig;
}
