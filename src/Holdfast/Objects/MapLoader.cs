using System.Buffers.Binary;
using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Creates the maps of an object, or finds them by their pins, and gives them their first contents.</summary>
internal sealed class MapLoader(Bpf bpf, BpfObjectSpec spec, BpfLoadOptions options, KernelEnvironment kernel, StructOpsTables tables, LoadedMaps maps)
{
    private const uint PageSize = 4096;

    private readonly IBpfEngine _engine = bpf.Engine;

    public void Load()
    {
        foreach (MapSpec map in spec.Maps)
        {
            if (!map.AutoCreate)
            {
                maps.LeftOut.Add(map.Name);
            }
            else if (options.ReplacedMaps.TryGetValue(map.Name, out BpfMap? given))
            {
                MapCompatibility.Check(_engine, spec, Complete(map), given, "given for it");
                maps.Borrow(map.Name, given);
            }
            else if (map.Pinning == MapPinning.ByName)
            {
                maps.ByName.Add(map.Name, FindOrPin(Complete(map)));
            }
            else
            {
                maps.ByName.Add(map.Name, CreateFilled(Complete(map)));
            }
        }

        foreach (MapSpec map in spec.Maps.Where(map => map.InnerMap is not null && map.AutoCreate && !options.ReplacedMaps.ContainsKey(map.Name)))
            FillMapOfMaps(map);
    }

    /// <summary>What depends on the machine: a perf event array has an entry for every CPU, a ring a power of two of pages, a table the kernel's size.</summary>
    private MapSpec Complete(MapSpec map)
    {
        if (map.Contents == MapContents.StructOps)
            return map with { ValueSize = (uint)tables[map.Name].Value.Length };
        if (map is { Type: MapType.PerfEventArray, MaxEntries: 0 })
            return map with { MaxEntries = (uint)PerCpuValues.SlotsOf(_engine) };
        return map.Type is MapType.RingBuf or MapType.UserRingBuf && map.MaxEntries <= 1u << 31
            ? map with { MaxEntries = BitOperations.RoundUpToPowerOf2(Math.Max(map.MaxEntries, PageSize)) }
            : map;
    }

    private BpfMap FindOrPin(MapSpec map)
    {
        string path = Path.Combine(bpf.ResolvePath(options.PinDirectory ?? bpf.DefaultMount), PinTransaction.FileName(map.Name));
        if (TryReuse(map, path) is { } found)
            return found;
        BpfMap created = CreateFilled(map);
        try
        {
            maps.Pins.Pin(created, path);
            return created;
        }
        catch (BpfException exception) when (exception.Errno == Errno.EEXIST)
        {
            // Another loader was quicker.
            created.Dispose();
            if (TryReuse(map, path) is not { } other)
                throw;
            return other;
        }
        catch (BpfException)
        {
            created.Dispose();
            throw;
        }
    }

    private BpfMap? TryReuse(MapSpec map, string path)
    {
        int descriptor = _engine.Get(path);
        if (descriptor == -(int)Errno.ENOENT)
            return null;
        Failure.Check(_engine, descriptor, $"open {path}, where map '{map.Name}' is to be pinned");
        if (_engine.KindOf(descriptor) != ObjectKind.Map)
        {
            _engine.Close(descriptor);
            throw new BpfException(Errno.EINVAL, $"map '{map.Name}' is to be pinned at {path}, which is no map; unpin it, or choose another pin directory [{Errno.EINVAL}]");
        }

        var found = new BpfMap(_engine, descriptor);
        try
        {
            MapCompatibility.Check(_engine, spec, map, found, $"pinned at {path}");
            return found;
        }
        catch (BpfException)
        {
            found.Dispose();
            throw;
        }
    }

    private BpfMap CreateFilled(MapSpec map)
    {
        BpfMap created = map.Contents == MapContents.StructOps ? CreateTable(map) : Create(map);
        try
        {
            if (map.IsData)
                WriteData(map, created);
            return created;
        }
        catch (BpfException)
        {
            created.Dispose();
            throw;
        }
    }

    private void WriteData(MapSpec map, BpfMap created)
    {
        ReadOnlySpan<byte> data = map.Contents == MapContents.KernelConfig ? KernelConfigValues.Build(spec, map, kernel) : map.InitialData.AsSpan();
        if (!data.IsEmpty)
        {
            int result = _engine.MapUpdate(created.Handle.Descriptor, stackalloc byte[sizeof(uint)], data);
            Failure.Check(_engine, result, $"write the data of map '{map.Name}'");
        }

        if (map.Freeze)
            created.Freeze();
    }

    /// <summary>A table's type is the kernel's; the object's BTF is only there because the kernel asks for one.</summary>
    private BpfMap CreateTable(MapSpec map)
    {
        StructOpsTable table = tables[map.Name];
        var attribute = new MapCreateAttribute
        {
            MapType = map.Type,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            MapFlags = map.Flags | (table.Module != 0 ? MapFlags.VtypeBtfObjFd : MapFlags.None),
            MapName = ObjectName.From(KernelName(map)),
            BtfFd = (uint)maps.Btf,
            BtfVmlinuxValueTypeId = table.ValueTypeId,
            ValueTypeBtfObjFd = table.Module,
        };
        return new(_engine, Failure.Check(_engine, _engine.MapCreate(attribute), $"create struct_ops table '{map.Name}'"));
    }

    private BpfMap Create(MapSpec map)
    {
        using BpfMap? inner = map.InnerMap is null ? null : Create(Complete(map.InnerMap));
        var attribute = new MapCreateAttribute
        {
            MapType = map.Type,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            MapFlags = map.Flags,
            MapExtra = map.Extra,
            NumaNode = map.NumaNode,
            MapName = ObjectName.From(KernelName(map)),
            InnerMapFd = (uint)(inner?.Handle.Descriptor ?? 0),
        };
        if (TakesTypes(map.Type) && maps.Btf > 0 && map.ValueTypeId != 0)
        {
            attribute.BtfFd = (uint)maps.Btf;
            attribute.BtfKeyTypeId = map.KeyTypeId;
            attribute.BtfValueTypeId = map.ValueTypeId;
            int typed = _engine.MapCreate(attribute);
            if (!RefusesTypes(typed))
                return Created(map, typed);
            attribute.BtfFd = attribute.BtfKeyTypeId = attribute.BtfValueTypeId = 0;
            BpfMap untyped = Created(map, _engine.MapCreate(attribute));
            maps.Untyped[map.Name] = (Errno)(-typed);
            return untyped;
        }

        return Created(map, _engine.MapCreate(attribute));
    }

    private BpfMap Created(MapSpec map, int result)
    {
        // Objects often leave a size to their loader: offcputime's stack traces, cpudist's hash for as many threads as there may be.
        if (result == -(int)Errno.EINVAL && _engine.LastFailure is null && UnsetSize(map) is { } unset)
            throw new BpfException(Errno.EINVAL, $"create map '{map.Name}' ({map.Type}): its {unset} is 0, left to the loader; set it by BpfObjectSpec.WithMap [{Errno.EINVAL}]");
        return new(_engine, Failure.Check(_engine, result, $"create map '{map.Name}' ({map.Type})"));
    }

    /// <summary>A size that is not set; local storage must have no capacity, rings and arenas no values.</summary>
    private static string? UnsetSize(MapSpec map) => map switch
    {
        { MaxEntries: 0, Type: not (MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage or MapType.CgroupStorage) } => "max_entries",
        { ValueSize: 0, Type: not (MapType.RingBuf or MapType.UserRingBuf or MapType.Arena) } => "value_size",
        _ => null,
    };

    /// <summary>
    /// What <c>map_check_btf</c> answers if it is the types that don't suit: ENOTSUPP if the kind of map takes none, EINVAL if not
    /// these (an array's key must be an <c>int</c>, and objects in the field use enums). Without them it is the same map, as it is to
    /// libbpf; EINVAL for any other reason comes again. The map is listed in <see cref="BpfObject.UntypedMaps"/>.
    /// </summary>
    private static bool RefusesTypes(int result) => result is -(int)Errno.ENOTSUPP or -(int)Errno.EINVAL;

    /// <summary>Other characters than letters, digits, underscores and dots are refused in names.</summary>
    private static string KernelName(MapSpec map) =>
        string.Concat(map.KernelName.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' ? letter : '_'));

    /// <summary>Maps whose values are handles have no types (libbpf: <c>bpf_object__create_map</c>).</summary>
    private static bool TakesTypes(MapType type) => type is not (MapType.PerfEventArray or MapType.CgroupArray or MapType.StackTrace
        or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap
        or MapType.SockMap or MapType.SockHash);

    private void FillMapOfMaps(MapSpec map)
    {
        Span<byte> key = stackalloc byte[sizeof(uint)];
        Span<byte> value = stackalloc byte[sizeof(uint)];
        foreach (MapSlotSpec slot in map.Slots)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(key, slot.Index);
            BinaryPrimitives.WriteInt32LittleEndian(value, maps.DescriptorOf(slot.Target));
            int result = map.KeySize == sizeof(uint)
                ? _engine.MapUpdate(maps.DescriptorOf(map.Name), key, value)
                : -(int)Errno.EINVAL;
            Failure.Check(_engine, result, $"put map '{slot.Target}' into slot {slot.Index} of '{map.Name}'");
        }
    }
}
