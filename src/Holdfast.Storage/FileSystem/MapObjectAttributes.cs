using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>What a map's header says about the map, for ever. Fields are only ever appended; zero means "not given".</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MapObjectAttributes
{
    /// <summary>Map type.</summary>
    public MapType Type;

    /// <summary>Key size in bytes.</summary>
    public uint KeySize;

    /// <summary>Value size in bytes.</summary>
    public uint ValueSize;

    /// <summary>Capacity in elements.</summary>
    public uint MaxEntries;

    /// <summary>Creation flags.</summary>
    public MapFlags Flags;

    /// <summary><c>numa_node</c>, kept for <c>get_info</c> only.</summary>
    public uint NumaNode;

    /// <summary><c>map_extra</c>.</summary>
    public ulong MapExtra;

    /// <summary><c>ifindex</c>.</summary>
    public uint Ifindex;

    /// <summary>Id of the BTF object that was given, zero if none.</summary>
    public uint BtfId;

    /// <summary>BTF type of keys.</summary>
    public uint BtfKeyTypeId;

    /// <summary>BTF type of values.</summary>
    public uint BtfValueTypeId;

    /// <summary>BTF type of values in the kernel's BTF (struct_ops).</summary>
    public uint BtfVmlinuxValueTypeId;

    /// <summary>Per-CPU maps: execution slots that each element has values for.</summary>
    public uint ExecutionSlots;

    /// <summary>Array and hash of maps: type of the inner maps.</summary>
    public MapType InnerType;

    /// <summary>Array and hash of maps: key size of the inner maps.</summary>
    public uint InnerKeySize;

    /// <summary>Array and hash of maps: value size of the inner maps.</summary>
    public uint InnerValueSize;

    /// <summary>Array and hash of maps: capacity of the inner maps.</summary>
    public uint InnerMaxEntries;

    /// <summary>Array and hash of maps: flags of the inner maps.</summary>
    public MapFlags InnerFlags;

    /// <summary>The layout of the data: <see cref="DurableData"/> and, of hash maps, <see cref="StripedData"/>, or neither.</summary>
    public uint DataVersion;

    /// <summary>Array and hash of maps: id of the BTF object of the inner maps, zero if none.</summary>
    public uint InnerBtfId;

    /// <summary>Array and hash of maps: BTF type of the inner maps' keys.</summary>
    public uint InnerBtfKeyTypeId;

    /// <summary>Array and hash of maps: BTF type of the inner maps' values.</summary>
    public uint InnerBtfValueTypeId;

    /// <summary>Special fields in a value, at most <see cref="MostValueFields"/>.</summary>
    public uint ValueFieldCount;

    /// <summary>Not used: zero.</summary>
    public uint Reserved;

    /// <summary>Each field, by offset: the offset in the low 32 bits, the length in the next 16, and what it is.</summary>
    public ValueFieldTable ValueFields;

    /// <summary><c>BTF_FIELDS_MAX</c>.</summary>
    public const int MostValueFields = 11;

    /// <summary>In <see cref="ValueFields"/>: a <c>bpf_spin_lock</c>.</summary>
    public const ulong SpinLockField = 1ul << 63;

    /// <summary>In <see cref="ValueFields"/>: a <c>bpf_refcount</c>.</summary>
    public const ulong ReferenceCountField = 1ul << 62;

    /// <summary>A layout from which the contents can be recovered after a power loss; such an object has the incompat bit 2.</summary>
    public const uint DurableData = 1;

    /// <summary>A hash map whose locks are in stripes and whose buckets grow; such an object has the incompat bit 4. Hash maps without it are of development versions.</summary>
    public const uint StripedData = 2;

    /// <summary>The layout that a new map gets.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="isDurable">Whether its store outlives a power loss.</param>
    /// <returns>For <see cref="DataVersion"/>.</returns>
    public static uint DataVersionOf(MapType type, bool isDurable) => (isDurable ? DurableData : 0) | (IsHash(type) ? StripedData : 0);

    /// <summary>Whether a map of this type is a hash map inside.</summary>
    internal static bool IsHash(MapType type) =>
        type is MapType.Hash or MapType.LruHash or MapType.HashOfMaps or MapType.PerCpuHash or MapType.LruPerCpuHash;
}
