using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Maps as programs see them: flags that the verifier holds programs to, helpers' answers, frozen contents.</summary>
public sealed class MapAndProgramTests
{
    private const string Read = "r0 = *(u32 *)(r0 + 0)\nexit", Write = "*(u32 *)(r0 + 0) = 5\nr0 = 0\nexit", ReadAndWrite = "r1 = 1\nlock *(u32 *)(r0 + 0) += r1\nr0 = 0\nexit";

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AccessOfProgramsByTheMapsFlags(string name) => AnswerSheet.Check(name, "program-map-access", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in new[] { MapType.Array, MapType.Hash })
        {
            foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly, MapFlags.ReadOnlyProgram, MapFlags.WriteOnlyProgram })
            {
                foreach (bool frozen in new[] { false, true })
                {
                    int map = bpf.MapCreate(kind, 4, 4, 1, flags);
                    if (frozen)
                        _ = bpf.MapFreeze(map);
                    string what = $"{kind} {flags}{(frozen ? " frozen" : "")}";
                    sheet.Add($"{what} read", Programs.Load(bpf, LookedUp(map, Read)));
                    sheet.Add($"{what} write", Programs.Load(bpf, LookedUp(map, Write)));
                    sheet.Add($"{what} add", Programs.Load(bpf, LookedUp(map, ReadAndWrite)));
                    sheet.Add($"{what} update helper", Programs.Load(bpf, Updating(map, 0)));
                    sheet.Add($"{what} delete helper", Programs.Load(bpf, Deleting(map)));
                    sheet.Add($"{what} value read", Programs.Load(bpf, $"r0 = map[fd:{map}][0]+0\n{Read}"));
                    sheet.Add($"{what} value write", Programs.Load(bpf, $"r0 = map[fd:{map}][0]+0\n{Write}"));
                    bpf.Close(map);
                }
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnswersOfTheMapHelpers(string name) => AnswerSheet.Check(name, "map-helpers", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in new[] { MapType.Array, MapType.Hash })
        {
            int map = bpf.MapCreate(kind, 4, 4, 1);
            byte[] value = new byte[4];
            foreach (ulong flags in new ulong[] { 0, 1, 2, 3, 4, 5, 8, 1ul << 32 })
            {
                foreach (uint key in new uint[] { 0, 1 })
                {
                    string what = $"{kind} key {key} flags {flags}";
                    Run(sheet, $"{what} update", Updating(map, flags, key));
                    sheet.Add($"{what} lookup", bpf.MapLookup(map, Key(key), value), value);
                    Run(sheet, $"{what} delete", Deleting(map, key));
                    sheet.Add($"{what} lookup again", bpf.MapLookup(map, Key(key), value), value);
                }
            }

            bpf.Close(map);
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ValuesAddressedDirectly(string name) => AnswerSheet.Check(name, "map-value-addresses", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach ((MapType kind, uint size, uint entries) in new[] { (MapType.Array, 8u, 1u), (MapType.Array, 8u, 2u), (MapType.Hash, 8u, 1u) })
        {
            int map = bpf.MapCreate(kind, 4, size, entries);
            foreach (string offset in new[] { "0", "4", "7", "8", "9", "1000", "536870912" })
            {
                foreach (string width in new[] { "u8", "u32", "u64" })
                    sheet.Add($"{kind} of {entries}, {width} at {offset}", Programs.Load(bpf, $"r1 = map[fd:{map}][0]+{offset}\nr0 = *({width} *)(r1 + 0)\nexit"));
            }

            bpf.Close(map);
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ConstantsOfAFrozenMap(string name) => AnswerSheet.Check(name, "map-constants", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (bool frozen in new[] { false, true })
        {
            int map = bpf.MapCreate(MapType.Array, 4, 8, 1, MapFlags.ReadOnlyProgram);
            Assert.Equal(0, bpf.MapUpdate(map, Key(0), [1, 0, 0, 0, 0, 0, 0, 0]));
            if (frozen)
                Assert.Equal(0, bpf.MapFreeze(map));
            // Only if the value is known to be 1, the branch with the bad access is dead.
            sheet.Add($"dead branch, frozen {frozen}", Programs.Load(bpf, $"""
                r1 = map[fd:{map}][0]+0
                r1 = *(u64 *)(r1 + 0)
                r0 = 0
                if r1 == 1 goto +1
                r0 = *(u64 *)(r0 + 0)
                exit
                """));
            bpf.Close(map);
        }
    });

    private static void Run(AnswerSheet sheet, string what, string text)
    {
        int program = Programs.Accept(sheet.Bpf, text);
        Assert.Equal(0, sheet.Bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        sheet.Add(what, $"{(int)result.ReturnValue}");
        sheet.Bpf.Close(program);
    }

    private static string LookedUp(int map, string then) => $"""
        *(u32 *)(r10 - 4) = 0
        r1 = map[fd:{map}]
        r2 = r10
        r2 += -4
        call bpf_map_lookup_elem
        if r0 != 0 goto +1
        exit
        {then}
        """;

    private static string Updating(int map, ulong flags, uint key = 0) => $"""
        *(u32 *)(r10 - 4) = {key}
        *(u32 *)(r10 - 8) = 77
        r1 = map[fd:{map}]
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -8
        r4 = {flags} ll
        call bpf_map_update_elem
        exit
        """;

    private static string Deleting(int map, uint key = 0) => $"""
        *(u32 *)(r10 - 4) = {key}
        r1 = map[fd:{map}]
        r2 = r10
        r2 += -4
        call bpf_map_delete_elem
        exit
        """;
}
