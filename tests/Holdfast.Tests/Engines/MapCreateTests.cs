using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>BPF_MAP_CREATE: each flag, field and size of each kind.</summary>
public sealed class MapCreateTests
{
    private static readonly MapType[] Kinds = [MapType.Array, MapType.Hash, MapType.ProgArray];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFlagOfEachKind(string name) => AnswerSheet.Check(name, "map-create-flags", sheet =>
    {
        foreach (MapType kind in Kinds)
        {
            for (int bit = 0; bit < 32; bit++)
                Create(sheet, $"flag {bit}", Shape(kind) with { MapFlags = (MapFlags)(1u << bit) });
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachPairOfFlagsOfEachKind(string name) => AnswerSheet.Check(name, "map-create-flag-pairs", sheet =>
    {
        foreach (MapType kind in Kinds)
        {
            for (int one = 0; one < 20; one++)
            {
                for (int other = one + 1; other < 20; other++)
                    Create(sheet, $"flags {one} {other}", Shape(kind) with { MapFlags = (MapFlags)((1u << one) | (1u << other)) });
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFurtherField(string name) => AnswerSheet.Check(name, "map-create-fields", sheet =>
    {
        int fd = sheet.Bpf.MapCreate(Shape(MapType.Array)), program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        foreach (MapType kind in Kinds)
        {
            MapCreateAttribute shape = Shape(kind);
            Create(sheet, "inner_map_fd", shape with { InnerMapFd = (uint)fd });
            Create(sheet, "inner_map_fd, not one", shape with { InnerMapFd = 54321 });
            Create(sheet, "numa_node without the flag", shape with { NumaNode = 1 });
            Create(sheet, "numa_node 0", shape with { NumaNode = 0, MapFlags = MapFlags.NumaNode });
            Create(sheet, "numa_node 1000", shape with { NumaNode = 1000, MapFlags = MapFlags.NumaNode });
            Create(sheet, "numa_node -1", shape with { NumaNode = uint.MaxValue, MapFlags = MapFlags.NumaNode });
            Create(sheet, "ifindex", shape with { MapIfindex = 12345 });
            Create(sheet, "btf_fd alone, not one", shape with { BtfFd = 54321 });
            Create(sheet, "btf_fd, not one", shape with { BtfFd = 54321, BtfValueTypeId = 1 });
            Create(sheet, "btf_fd, a map", shape with { BtfFd = (uint)fd, BtfValueTypeId = 1 });
            Create(sheet, "btf_fd, a program", shape with { BtfFd = (uint)program, BtfKeyTypeId = 1, BtfValueTypeId = 1 });
            Create(sheet, "key type without value type", shape with { BtfFd = (uint)fd, BtfKeyTypeId = 1 });
            Create(sheet, "types without btf_fd", shape with { BtfKeyTypeId = 1, BtfValueTypeId = 1 });
            Create(sheet, "vmlinux value type", shape with { BtfVmlinuxValueTypeId = 1 });
            Create(sheet, "map_extra", shape with { MapExtra = 1 });
            Create(sheet, "value_type_btf_obj_fd without the flag", shape with { ValueTypeBtfObjFd = 1 });
            Create(sheet, "value_type_btf_obj_fd", shape with { ValueTypeBtfObjFd = 54321, MapFlags = MapFlags.VtypeBtfObjFd });
            Create(sheet, "map_token_fd without the flag", shape with { MapTokenFd = 1 });
            Create(sheet, "map_token_fd", shape with { MapTokenFd = 54321, MapFlags = MapFlags.TokenFd });
            Create(sheet, "excl_prog_hash without a size", shape with { ExclProgHash = 1 });
            Create(sheet, "excl_prog_hash_size without a hash", shape with { ExclProgHashSize = 32 });
        }

        sheet.Bpf.Close(fd);
        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void SizesAtTheirLimits(string name) => AnswerSheet.Check(name, "map-create-sizes", sheet =>
    {
        foreach (uint key in new uint[] { 0, 1, 3, 4, 5, 8, 511, 512, 513, 1 << 16 })
        {
            foreach (MapType kind in Kinds)
                Create(sheet, $"key {key}", Shape(kind) with { KeySize = key });
        }

        foreach (uint value in new uint[] { 0, 1, 3, 5, 8, 4096, 1 << 20, (1 << 22) - 4096, (1 << 22) - 8, 1 << 22, (1 << 22) + 1, 1 << 23, int.MaxValue + 1u, uint.MaxValue - 7, uint.MaxValue })
        {
            foreach (MapType kind in Kinds)
                Create(sheet, $"value {value}", Shape(kind) with { ValueSize = value, MapFlags = kind == MapType.Hash ? MapFlags.NoPrealloc : 0 });
        }

        foreach (uint entries in new uint[] { 0, 1, 2, 3, 1000, 1 << 16, 100_003 })
        {
            foreach (MapType kind in Kinds)
                Create(sheet, $"entries {entries}", Shape(kind) with { MaxEntries = entries });
        }

        foreach (uint entries in new[] { (1u << 31) + 1, uint.MaxValue })
            Create(sheet, $"entries {entries}", Shape(MapType.Hash) with { MaxEntries = entries, MapFlags = MapFlags.NoPrealloc });
        for (uint value = (1 << 22) - 128; value <= 1 << 22; value += 4)
            Create(sheet, $"value {value}", Shape(MapType.Hash) with { ValueSize = value, MapFlags = MapFlags.NoPrealloc });
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachCharacterOfAName(string name) => AnswerSheet.Check(name, "map-create-names", sheet =>
    {
        for (int code = 1; code < 256; code++)
        {
            ObjectName text = default;
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<ObjectName>(ref text))[0] = (byte)code;
            sheet.Add($"name {code}", sheet.Bpf.MapCreate(Shape(MapType.Array) with { MapName = text }));
        }
    });

    private static MapCreateAttribute Shape(MapType kind) => new() { MapType = kind, KeySize = 4, ValueSize = 4, MaxEntries = 2 };

    private static void Create(AnswerSheet sheet, string what, in MapCreateAttribute attribute) =>
        sheet.Add($"{attribute.MapType} {what}", sheet.Bpf.MapCreate(attribute));
}
