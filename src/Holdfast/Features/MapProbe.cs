using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Creates the smallest map of a type that a kernel would accept.</summary>
internal static class MapProbe
{
    private const uint Page = 4096;

    /// <summary>Whether it was created, or refused for a reason that only a known type gives.</summary>
    public static bool Run(IBpfEngine engine, MapType type)
    {
        int inner = 0, btf = 0;
        try
        {
            MapCreateAttribute attribute = Smallest(type);
            if (type is MapType.ArrayOfMaps or MapType.HashOfMaps)
                attribute.InnerMapFd = (uint)Math.Max(0, inner = engine.MapCreate(new() { MapType = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1 }));
            if (type is MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage)
            {
                // Local storage is kept by the type of its value: two ints stand for key and value.
                btf = engine.BtfLoad(IntegerTypes());
                attribute.BtfFd = (uint)Math.Max(0, btf);
                attribute.BtfKeyTypeId = 1;
                attribute.BtfValueTypeId = 1;
            }

            return Answer(engine, type, engine.MapCreate(attribute));
        }
        finally
        {
            foreach (int descriptor in new[] { inner, btf })
            {
                if (descriptor > 0)
                    engine.Close(descriptor);
            }
        }
    }

    private static bool Answer(IBpfEngine engine, MapType type, int result)
    {
        if (result >= 0)
            engine.Close(result);
        else if (result is -(int)Errno.EPERM or -(int)Errno.ENOSYS)
            Failure.Throw(engine, result, $"probe of map type {type}");

        // A struct_ops map needs a type of the kernel's; type 1 is none, and only a kernel that knows such maps says ENOTSUPP.
        return result >= 0 || (type == MapType.StructOps && result == -(int)Errno.ENOTSUPP);
    }

    private static MapCreateAttribute Smallest(MapType type)
    {
        MapCreateAttribute map = new() { MapType = type, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        switch (type)
        {
            case MapType.StackTrace:
                map.ValueSize = 8;
                break;
            case MapType.LpmTrie:
                map.KeySize = map.ValueSize = 8;
                map.MapFlags = MapFlags.NoPrealloc;
                break;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                map.KeySize = 16; // struct bpf_cgroup_storage_key
                map.ValueSize = 8;
                map.MaxEntries = 0;
                break;
            case MapType.Queue or MapType.Stack or MapType.BloomFilter:
                map.KeySize = 0;
                break;
            case MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage:
                map.MaxEntries = 0;
                map.MapFlags = MapFlags.NoPrealloc;
                break;
            case MapType.RingBuf or MapType.UserRingBuf:
                map.KeySize = map.ValueSize = 0;
                map.MaxEntries = Page;
                break;
            case MapType.Arena:
                map.KeySize = map.ValueSize = 0;
                map.MapFlags = MapFlags.Mmapable;
                break;
            case MapType.StructOps:
                map.BtfVmlinuxValueTypeId = 1;
                break;
        }

        return map;
    }

    private static byte[] IntegerTypes()
    {
        BtfBuilder types = new();
        types.Int("int", 4, BtfIntEncoding.Signed);
        return types.ToArray();
    }
}
