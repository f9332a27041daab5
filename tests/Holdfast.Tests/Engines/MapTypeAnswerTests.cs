using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Types of keys and values at creation (<c>map_check_btf</c>): which kinds of maps take which.</summary>
public sealed class MapTypeAnswerTests
{
    private static readonly MapType[] Kinds =
    [
        MapType.Array, MapType.Hash, MapType.PerCpuArray, MapType.LpmTrie, MapType.ProgArray, MapType.ArrayOfMaps, MapType.HashOfMaps, MapType.Queue, MapType.Stack,
        MapType.BloomFilter, MapType.PerfEventArray, MapType.RingBuf, MapType.UserRingBuf,
    ];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void PlainTypes(string name) => AnswerSheet.Check(name, "map-types-plain", sheet =>
    {
        int inner = sheet.Bpf.MapCreate(MapType.Hash, 4, 8, 3);
        BtfBuilder builder = new();
        uint word = builder.Int("int", 4), wide = builder.Int("long", 8), byteWide = builder.Int("char", 1), flag = builder.Int("bool", 4, BtfIntEncoding.Bool);
        uint one = builder.Struct("one", 4, new BtfMember("a", word, 0, 0)), two = builder.Struct("two", 8, new BtfMember("a", word, 0, 0), new BtfMember("b", word, 32, 0));
        uint alias = builder.Typedef("word_t", word), pointer = builder.Pointer(one);
        int btf = sheet.Bpf.BtfLoad(builder.ToArray());
        Assert.True(btf > 0, $"{btf}");
        (string What, uint Id, uint Size)[] types =
        [
            ("none", 0, 0), ("int", word, 4), ("long", wide, 8), ("char", byteWide, 1), ("bool", flag, 4), ("struct of 4", one, 4), ("struct of 8", two, 8), ("typedef", alias, 4), ("pointer", pointer, 8),
        ];
        foreach (MapType kind in Kinds)
        {
            foreach ((string key, uint keyId, uint keySize) in types)
            {
                foreach ((string value, uint valueId, uint valueSize) in types)
                {
                    MapCreateAttribute shape = ShapeOf(kind, keySize, valueSize, inner) with { BtfFd = (uint)btf, BtfKeyTypeId = keyId, BtfValueTypeId = valueId };
                    sheet.Add($"{kind} {key}, {value}", sheet.Bpf.MapCreate(shape));
                }
            }
        }

        sheet.Bpf.Close(btf);
        sheet.Bpf.Close(inner);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void SpecialFields(string name) => AnswerSheet.Check(name, "map-types-special", sheet =>
    {
        int btf = sheet.Bpf.BtfLoad(SpecialTypes(out uint word, out uint prefix, out (string What, uint Id, uint Size)[] values));
        Assert.True(btf > 0, $"{btf}");
        foreach (MapType kind in Kinds)
        {
            if (kind is MapType.ProgArray or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.PerfEventArray or MapType.RingBuf or MapType.UserRingBuf)
                continue; // their values have 4 bytes, or none
            foreach ((string what, uint id, uint size) in values)
            {
                bool isTrie = kind == MapType.LpmTrie;
                MapCreateAttribute shape = ShapeOf(kind, isTrie ? 8u : 4, size, 0) with
                {
                    BtfFd = (uint)btf,
                    BtfKeyTypeId = kind is MapType.Queue or MapType.Stack or MapType.BloomFilter ? 0 : isTrie ? prefix : word,
                    BtfValueTypeId = id,
                };
                sheet.Add($"{kind} {what}", sheet.Bpf.MapCreate(shape));
                sheet.Add($"{kind} {what}, RDONLY_PROG", sheet.Bpf.MapCreate(shape with { MapFlags = shape.MapFlags | MapFlags.ReadOnlyProgram }));
                sheet.Add($"{kind} {what}, WRONLY_PROG", sheet.Bpf.MapCreate(shape with { MapFlags = shape.MapFlags | MapFlags.WriteOnlyProgram }));
                sheet.Add($"{kind} {what}, MMAPABLE", sheet.Bpf.MapCreate(shape with { MapFlags = shape.MapFlags | MapFlags.Mmapable }));
            }
        }

        sheet.Bpf.Close(btf);
    });

    private static MapCreateAttribute ShapeOf(MapType kind, uint keySize, uint valueSize, int inner) => new()
    {
        MapType = kind,
        KeySize = kind is MapType.Queue or MapType.Stack or MapType.BloomFilter or MapType.RingBuf or MapType.UserRingBuf ? 0 : kind is MapType.LpmTrie ? 8 : keySize == 0 ? 4 : keySize,
        ValueSize = kind is MapType.RingBuf or MapType.UserRingBuf ? 0 : valueSize == 0 ? 4 : valueSize,
        MaxEntries = kind is MapType.RingBuf or MapType.UserRingBuf ? 4096u : 2,
        MapFlags = kind == MapType.LpmTrie ? MapFlags.NoPrealloc : MapFlags.None,
        InnerMapFd = kind is MapType.ArrayOfMaps or MapType.HashOfMaps ? (uint)inner : 0,
    };

    /// <summary>Structures with one special field each, at offset 8, before which there is a word.</summary>
    private static byte[] SpecialTypes(out uint word, out uint prefix, out (string What, uint Id, uint Size)[] values)
    {
        BtfBuilder builder = new();
        uint number = word = builder.Int("unsigned int", 4), wide = builder.Int("unsigned long", 8);
        prefix = builder.Struct("prefix", 8, new BtfMember("length", number, 0, 0), new BtfMember("bits", number, 32, 0));
        uint Opaque(string name, uint size) => size == 4
            ? builder.Struct(name, 4, new BtfMember("a", number, 0, 0))
            : builder.Struct(name, size, [.. Enumerable.Range(0, (int)size / 8).Select(i => new BtfMember($"a{i}", wide, (uint)i * 64, 0))]);
        (string What, uint Id, uint Size) Holding(string name, uint size)
        {
            uint field = Opaque(name, size), whole = 8 + ((size + 7) & ~7u);
            return (name, builder.Struct($"with_{name}", whole, new BtfMember("n", number, 0, 0), new BtfMember("f", field, 64, 0)), whole);
        }

        values = [Holding("bpf_spin_lock", 4), Holding("bpf_res_spin_lock", 4), Holding("bpf_timer", 16), Holding("bpf_wq", 16), Holding("bpf_task_work", 8), Holding("bpf_refcount", 4)];
        return builder.ToArray();
    }
}
