using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>What a map's file says of the map: enough to make it anew, with its types.</summary>
internal sealed record MapFileHeader
{
    /// <summary>Flags of the descriptor, or of how the map was created, that say nothing of the map itself.</summary>
    private const MapFlags Passing = MapFlags.ReadOnly | MapFlags.WriteOnly | MapFlags.TokenFd | MapFlags.NumaNode;

    private static readonly (MapType Type, string Name)[] Types =
    [
        (MapType.Hash, "hash"), (MapType.Array, "array"), (MapType.PerCpuHash, "percpu_hash"), (MapType.PerCpuArray, "percpu_array"),
        (MapType.LruHash, "lru_hash"), (MapType.LruPerCpuHash, "lru_percpu_hash"), (MapType.LpmTrie, "lpm_trie"),
        (MapType.Queue, "queue"), (MapType.Stack, "stack"),
    ];

    public required MapType Type { get; init; }

    public string Name { get; init; } = "";

    public required int KeySize { get; init; }

    public required int ValueSize { get; init; }

    public required uint MaxEntries { get; init; }

    public MapFlags Flags { get; init; }

    public ulong Extra { get; init; }

    /// <summary>Values of a key: the number of CPUs of per-CPU maps, else 1.</summary>
    public int Parts { get; init; } = 1;

    public BtfGraph? Btf { get; init; }

    public uint KeyTypeId { get; init; }

    public uint ValueTypeId { get; init; }

    /// <summary>Bytes from one part of a value to the next.</summary>
    public int PartStride => PerCpuValues.AreKeptBy(Type) ? (ValueSize + 7) & ~7 : ValueSize;

    /// <summary>Bytes of all parts.</summary>
    public int ValueBytes => checked(PartStride * Parts);

    /// <summary>The kernel's name of the type.</summary>
    public string TypeName => Types.Single(type => type.Type == Type).Name;

    /// <summary>What is to be written of a map.</summary>
    public static MapFileHeader Of(BpfMap map)
    {
        string? obstacle = MapFileContents.FindObstacle(map.Engine, map.Type);
        if (obstacle is null && !Types.Any(type => type.Type == map.Type))
            obstacle = "its entries mean something only where it is";
        if (obstacle is not null)
            throw new BpfException(Errno.ENOTSUPP, $"map '{map.Name}' is a {map.Type} map and can't be exported: {obstacle} [{Errno.ENOTSUPP}]");
        BtfGraph? btf = map.ReadBtf();
        bool usable = btf is { IsBigEndian: false, Base: null } && map.Info.BtfValueTypeId != 0
            && btf.TryGetType(map.Info.BtfKeyTypeId, out _) && btf.TryGetType(map.Info.BtfValueTypeId, out _);
        MapFileHeader header = new()
        {
            Type = map.Type,
            Name = map.Name,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            Flags = map.Info.MapFlags & ~Passing,
            Extra = map.Info.MapExtra,
            Btf = usable ? btf : null,
            KeyTypeId = usable ? map.Info.BtfKeyTypeId : 0,
            ValueTypeId = usable ? map.Info.BtfValueTypeId : 0,
        };
        return header with { Parts = map.ValueBufferSize / header.PartStride };
    }

    /// <summary>The type of a name.</summary>
    public static MapType? ParseType(string name)
    {
        foreach ((MapType type, string known) in Types)
        {
            if (known == name)
                return type;
        }

        return null;
    }

    /// <summary>What of a file's shape is no shape; null if it may be one. Sizes are bounded before anything is allocated by them.</summary>
    public string? FindFlaw()
    {
        const int largest = 1 << 30;
        return (KeySize == 0) != MapFileContents.AreOrdered(Type) || KeySize is < 0 or > largest ? $"a key size of {KeySize} bytes"
            : ValueSize is <= 0 or > largest ? $"a value size of {ValueSize} bytes"
            : MaxEntries == 0 ? "no capacity"
            : Parts is <= 0 or > 1 << 16 || (Parts != 1 && !PerCpuValues.AreKeptBy(Type)) ? $"{Parts} values for each key"
            : (long)PartStride * Parts > largest ? $"values of {(long)PartStride * Parts} bytes"
            : Btf is null ? null
            : !Btf.TryGetType(KeyTypeId, out _) || !Btf.TryGetType(ValueTypeId, out _) || ValueTypeId == 0 ? $"types {KeyTypeId} and {ValueTypeId}, which its BTF doesn't have"
            : null;
    }

    /// <summary>Makes the map.</summary>
    public BpfMap Create(Bpf bpf, string? name, MapFlags? flags)
    {
        int btf = 0;
        if (Btf is not null)
            btf = Failure.Check(bpf.Engine, bpf.Engine.BtfLoad(Btf.RawBytes.Span), $"load the types of map '{Name}'");
        try
        {
            return bpf.CreateMap(new MapCreateAttribute
            {
                MapType = Type,
                KeySize = (uint)KeySize,
                ValueSize = (uint)ValueSize,
                MaxEntries = MaxEntries,
                MapFlags = flags ?? (Flags & ~Passing),
                MapName = ObjectName.From(name ?? Name),
                MapExtra = Extra,
                BtfFd = (uint)btf,
                BtfKeyTypeId = KeyTypeId,
                BtfValueTypeId = ValueTypeId,
            });
        }
        finally
        {
            if (btf > 0)
                bpf.Engine.Close(btf);
        }
    }

    /// <summary>Why the entries don't fit into a map; null if they do.</summary>
    public string? FindDifference(BpfMap map)
    {
        bool differs = MapFileContents.AreOrdered(Type) || MapFileContents.AreOrdered(map.Type) ? Type != map.Type : IsArray(Type) != IsArray(map.Type);
        if (differs || map.KeySize != KeySize || map.ValueSize != ValueSize || PerCpuValues.AreKeptBy(Type) != PerCpuValues.AreKeptBy(map.Type))
            return $"the file holds a {TypeName} map with keys of {KeySize} and values of {ValueSize} bytes, map '{map.Name}' is a {map.Type} map with {map.KeySize} and {map.ValueSize}";
        if (map.ValueBufferSize < ValueBytes)
            return $"the file holds values of {Parts} CPUs, map '{map.Name}' has room for {map.ValueBufferSize / PartStride}";
        if (Btf is null || map.Info.BtfValueTypeId == 0 || map.ReadBtf() is not { } types)
            return null;
        string? key = KeyTypeId != 0 && map.Info.BtfKeyTypeId != 0 ? new TypeComparison(Btf, types).FindDifference(KeyTypeId, map.Info.BtfKeyTypeId, "key") : null;
        return key ?? new TypeComparison(Btf, types).FindDifference(ValueTypeId, map.Info.BtfValueTypeId, "value");
    }

    private static bool IsArray(MapType type) => type is MapType.Array or MapType.PerCpuArray;
}
