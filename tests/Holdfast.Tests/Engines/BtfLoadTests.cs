using Holdfast.Btf;
using Holdfast.Btf.Writing;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>BPF_BTF_LOAD, and maps with types.</summary>
public sealed class BtfLoadTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void BlobsGoodAndBad(string name) => AnswerSheet.Check(name, "btf-load", sheet =>
    {
        byte[] good = Types(out _, out _);
        sheet.Add("good", sheet.Bpf.BtfLoad(good));
        sheet.Add("empty", sheet.Bpf.BtfLoad([]));
        foreach (int length in new[] { 1, 8, 23, 24, 25, good.Length - 1 })
            sheet.Add($"cut at {length}", sheet.Bpf.BtfLoad(good.AsSpan(0, length)));
        sheet.Add("longer", sheet.Bpf.BtfLoad([.. good, 0]));
        // Version, flags and length of the header say "newer than this kernel" with numbers of their own: see docs/parity.md.
        for (int place = 8; place < good.Length; place++)
        {
            byte[] changed = [.. good];
            changed[place] ^= 0x40;
            sheet.Add($"byte {place} changed", sheet.Bpf.BtfLoad(changed));
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void MapsWithTypes(string name) => AnswerSheet.Check(name, "btf-maps", sheet =>
    {
        int btf = sheet.Bpf.BtfLoad(Types(out uint integer, out uint pair));
        foreach (MapType kind in new[] { MapType.Array, MapType.Hash, MapType.ProgArray })
        {
            MapCreateAttribute shape = new() { MapType = kind, KeySize = 4, ValueSize = kind == MapType.ProgArray ? 4u : 8, MaxEntries = 2, BtfFd = (uint)btf };
            foreach ((string what, uint key, uint value) in new[]
            {
                ("both", integer, pair), ("no key", 0u, pair), ("no value", integer, 0u), ("key of 8 bytes", pair, pair), ("value of 4 bytes", integer, integer),
                ("no such key", 99u, pair), ("no such value", integer, 99u), ("neither", 0u, 0u),
            })
            {
                sheet.Add($"{kind} {what}", sheet.Bpf.MapCreate(shape with { BtfKeyTypeId = key, BtfValueTypeId = value }));
            }
        }

        sheet.Bpf.Close(btf);
    });

    /// <summary>A row of <c>docs/parity.md</c>.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void StructuresWithBrokenSpecialFields(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        BtfBuilder builder = new();
        uint wide = builder.Int("unsigned long", 8);
        uint head = builder.Struct("bpf_list_head", 16, new BtfMember("a", wide, 0, 0), new BtfMember("b", wide, 64, 0));
        builder.Struct("unlocked", 16, new BtfMember("list", head, 0, 0));
        int btf = engine.Bpf.Engine.BtfLoad(builder.ToArray());
        Assert.Equal(engine.IsKernel ? Errno.EINVAL : Errno.None, Answer(btf));
        if (btf > 0)
            engine.Bpf.Engine.Close(btf);
    }

    private static byte[] Types(out uint integer, out uint pair)
    {
        BtfBuilder builder = new();
        integer = builder.Int("int", 4, BtfIntEncoding.Signed);
        pair = builder.Struct("pair", 8, new BtfMember("a", integer, 0, 0), new BtfMember("b", integer, 32, 0));
        builder.Typedef("pair_t", pair);
        builder.Pointer(pair);
        return builder.ToArray();
    }
}
