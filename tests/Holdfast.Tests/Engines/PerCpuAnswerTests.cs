using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Per-CPU maps: what Linux answers to shapes, flags and keys.</summary>
public sealed class PerCpuAnswerTests
{
    private static readonly MapType[] Kinds = [MapType.PerCpuArray, MapType.PerCpuHash];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFlagAndSize(string name) => AnswerSheet.Check(name, "percpu-create", sheet =>
    {
        foreach (MapType kind in Kinds)
        {
            for (int bit = 0; bit < 32; bit++)
                sheet.Add($"{kind} flag {bit}", sheet.Bpf.MapCreate(kind, 4, 8, 1, (MapFlags)(1u << bit)));
            sheet.Add($"{kind} both directions", sheet.Bpf.MapCreate(kind, 4, 8, 1, MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram));
            foreach (uint value in new uint[] { 0, 1, 32760, 32761, 32768, 32769, 65536, 0x7fff_ffff, 0x8000_0000, uint.MaxValue })
                sheet.Add($"{kind} value {value}", sheet.Bpf.MapCreate(kind, 4, value, 1));
            foreach (uint key in new uint[] { 0, 3, 5, 8 })
                sheet.Add($"{kind} key {key}", sheet.Bpf.MapCreate(kind, key, 8, 1));
            foreach (uint entries in new uint[] { 0, uint.MaxValue })
                sheet.Add($"{kind} entries {entries}", sheet.Bpf.MapCreate(kind, 4, 8, entries));
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachCommand(string name) => AnswerSheet.Check(name, "percpu-elements", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in Kinds)
        {
            int map = bpf.MapCreate(kind, 4, 8, 3);
            byte[] values = new byte[8 * ((IExecutionSlots)bpf).ExecutionSlots];
            foreach (uint key in new uint[] { 0, 2, 3, uint.MaxValue })
            {
                foreach (ulong flags in new ulong[] { 0, 1, 2, 3, 4, 5, 8, 16, 24, 1ul << 32 })
                {
                    sheet.Add($"{kind} update {key} flags {flags}", bpf.MapUpdate(map, MapCommandTests.Key(key), values, (UpdateFlags)flags));
                    sheet.Add($"{kind} lookup {key} flags {flags}", bpf.MapLookup(map, MapCommandTests.Key(key), values, (UpdateFlags)flags));
                }

                sheet.Add($"{kind} delete {key}", bpf.MapDelete(map, MapCommandTests.Key(key)));
                sheet.Add($"{kind} lookup and delete {key}", bpf.MapLookupAndDelete(map, MapCommandTests.Key(key), values));
            }

            uint count = 3;
            byte[] keys = [.. MapCommandTests.Key(0), .. MapCommandTests.Key(1), .. MapCommandTests.Key(2)], all = new byte[values.Length * 3];
            sheet.Add($"{kind} update batch", bpf.MapUpdateBatch(map, keys, all, ref count));
            sheet.Add($"{kind} update batch count", $"{count}");
            count = 3;
            sheet.Add($"{kind} lookup batch", bpf.MapLookupBatch(map, andDelete: false, [], new byte[4], new byte[12], all, ref count));
            sheet.Add($"{kind} lookup batch count", $"{count}");
            count = 3;
            sheet.Add($"{kind} lookup and delete batch", bpf.MapLookupBatch(map, andDelete: true, [], new byte[4], new byte[12], all, ref count));
            count = 3;
            sheet.Add($"{kind} delete batch", bpf.MapDeleteBatch(map, keys, ref count));
            sheet.Add($"{kind} freeze", bpf.MapFreeze(map));
            bpf.Close(map);
        }
    });
}
