using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>The commands on elements in all states of a map: by flags, by access of the descriptor, frozen or not.</summary>
public sealed class MapElementAnswerTests
{
    private static readonly MapType[] Kinds = [MapType.Array, MapType.Hash, MapType.ProgArray];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFlagOfEachCommand(string name) => AnswerSheet.Check(name, "element-flags", sheet =>
    {
        int program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        foreach (MapType kind in Kinds)
        {
            int map = Create(sheet, kind);
            byte[] value = kind == MapType.ProgArray ? Key((uint)program) : Key(7);
            for (int bit = -1; bit < 34; bit++)
            {
                UpdateFlags flags = bit < 0 ? UpdateFlags.Any : (UpdateFlags)(1ul << bit);
                foreach (uint key in new uint[] { 0, 1, 2, uint.MaxValue })
                {
                    string what = $"{kind} key {(int)key} flags {(bit < 0 ? "none" : bit)}";
                    sheet.Add($"{what} update", sheet.Bpf.MapUpdate(map, Key(key), value, flags));
                    sheet.Add($"{what} lookup", sheet.Bpf.MapLookup(map, Key(key), new byte[4], flags));
                    sheet.Add($"{what} lookup and delete", sheet.Bpf.MapLookupAndDelete(map, Key(key), new byte[4], flags));
                    sheet.Add($"{what} delete", sheet.Bpf.MapDelete(map, Key(key)));
                }
            }

            sheet.Bpf.Close(map);
        }

        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachCommandByAccessAndFreezing(string name) => AnswerSheet.Check(name, "element-access", sheet =>
    {
        int program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        foreach (MapType kind in Kinds)
        {
            foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly, MapFlags.ReadOnlyProgram, MapFlags.WriteOnlyProgram })
            {
                int map = Create(sheet, kind, flags);
                if (map < 0)
                {
                    sheet.Add($"{kind} {flags}", map);
                    continue;
                }

                byte[] value = kind == MapType.ProgArray ? Key((uint)program) : Key(7);
                EachCommand(sheet, $"{kind} {flags}", map, value);
                sheet.Add($"{kind} {flags} freeze", sheet.Bpf.MapFreeze(map));
                EachCommand(sheet, $"{kind} {flags} frozen", map, value);
                sheet.Add($"{kind} {flags} frozen freeze", sheet.Bpf.MapFreeze(map));
                sheet.Bpf.Close(map);
            }
        }

        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachCommandOnWhatIsNoMap(string name) => AnswerSheet.Check(name, "element-no-map", sheet =>
    {
        int program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        using FileStream file = File.OpenRead("/dev/null");
        EachCommand(sheet, "a program", program, Key(7));
        EachCommand(sheet, "a file", (int)file.SafeFileHandle.DangerousGetHandle(), Key(7));
        EachCommand(sheet, "none", 54321, Key(7));
        EachCommand(sheet, "-1", -1, Key(7));
        sheet.Add("freeze a program", sheet.Bpf.MapFreeze(program));
        sheet.Add("freeze a file", sheet.Bpf.MapFreeze((int)file.SafeFileHandle.DangerousGetHandle()));
        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void NullAddresses(string name) => AnswerSheet.Check(name, "element-null", sheet =>
    {
        int program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        foreach (MapType kind in Kinds)
        {
            int map = Create(sheet, kind);
            EachCommand(sheet, $"{kind} null value", map, []);
            byte[] value = kind == MapType.ProgArray ? Key((uint)program) : Key(7);
            sheet.Add($"{kind} update", sheet.Bpf.MapUpdate(map, Key(1), value));
            sheet.Add($"{kind} lookup, no value", sheet.Bpf.MapLookup(map, Key(1), []));
            sheet.Add($"{kind} lookup, no key", sheet.Bpf.MapLookup(map, [], value));
            sheet.Add($"{kind} lookup, nothing", sheet.Bpf.MapLookup(map, [], []));
            sheet.Add($"{kind} update, no key", sheet.Bpf.MapUpdate(map, [], value));
            sheet.Add($"{kind} delete, no key", sheet.Bpf.MapDelete(map, []));
            sheet.Add($"{kind} next key, no room", sheet.Bpf.MapNextKey(map, [], []));
            sheet.Add($"{kind} next key of the last, no room", sheet.Bpf.MapNextKey(map, Key(1), []));
            sheet.Add($"{kind} lookup and delete, no value", sheet.Bpf.MapLookupAndDelete(map, Key(1), []));
            sheet.Add($"{kind} lookup afterwards", sheet.Bpf.MapLookup(map, Key(1), value));
            sheet.Bpf.Close(map);
        }

        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void KeysAndValuesOfOddSizes(string name) => AnswerSheet.Check(name, "element-sizes", sheet =>
    {
        foreach (uint size in new uint[] { 1, 2, 3, 5, 7, 8, 9, 63, 64, 65, 511, 512 })
        {
            int hash = sheet.Bpf.MapCreate(MapType.Hash, size, size, 3);
            int array = sheet.Bpf.MapCreate(MapType.Array, 4, size, 3);
            byte[] one = Pattern(size, 1), two = Pattern(size, 2), value = new byte[size];
            sheet.Add($"{size} update", sheet.Bpf.MapUpdate(hash, one, two));
            sheet.Add($"{size} update again", sheet.Bpf.MapUpdate(hash, two, one));
            sheet.Add($"{size} lookup", sheet.Bpf.MapLookup(hash, one, value), value);
            sheet.Add($"{size} lookup and delete", sheet.Bpf.MapLookupAndDelete(hash, two, value), value);
            sheet.Add($"{size} next key", sheet.Bpf.MapNextKey(hash, [], value), value);
            sheet.Add($"{size} array update", sheet.Bpf.MapUpdate(array, Key(2), one));
            sheet.Add($"{size} array lookup", sheet.Bpf.MapLookup(array, Key(2), value), value);
            sheet.Add($"{size} array neighbour", sheet.Bpf.MapLookup(array, Key(1), value), value);
            sheet.Bpf.Close(hash);
            sheet.Bpf.Close(array);
        }
    });

    private static int Create(AnswerSheet sheet, MapType kind, MapFlags flags = MapFlags.None) => sheet.Bpf.MapCreate(kind, 4, 4, 2, flags);

    private static byte[] Pattern(uint size, int seed) => [.. Enumerable.Range(0, (int)size).Select(at => (byte)((at * 7) + seed))];

    private static void EachCommand(AnswerSheet sheet, string what, int map, byte[] value)
    {
        IBpfEngine bpf = sheet.Bpf;
        uint count = 1;
        sheet.Add($"{what} update", bpf.MapUpdate(map, Key(1), value));
        sheet.Add($"{what} lookup", bpf.MapLookup(map, Key(1), new byte[4]));
        sheet.Add($"{what} next key", bpf.MapNextKey(map, [], new byte[4]));
        sheet.Add($"{what} lookup batch", bpf.MapLookupBatch(map, andDelete: false, [], new byte[4], new byte[8], new byte[8], ref count));
        sheet.Add($"{what} lookup batch, count", $"{count}");
        count = 1;
        sheet.Add($"{what} update batch", bpf.MapUpdateBatch(map, Key(0), value, ref count));
        sheet.Add($"{what} update batch, count", $"{count}");
        count = 1;
        sheet.Add($"{what} delete batch", bpf.MapDeleteBatch(map, Key(0), ref count));
        sheet.Add($"{what} delete batch, count", $"{count}");
        sheet.Add($"{what} lookup and delete", bpf.MapLookupAndDelete(map, Key(1), new byte[4]));
        sheet.Add($"{what} delete", bpf.MapDelete(map, Key(1)));
        count = 2;
        sheet.Add($"{what} lookup and delete batch", bpf.MapLookupBatch(map, andDelete: true, [], new byte[4], new byte[8], new byte[8], ref count));
        sheet.Add($"{what} lookup and delete batch, count", $"{count}");
    }
}
