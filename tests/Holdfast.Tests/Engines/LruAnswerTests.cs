using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>LRU maps: what Linux answers to shapes, flags and keys.</summary>
public sealed class LruAnswerTests
{
    private static readonly MapType[] Kinds = [MapType.LruHash, MapType.LruPerCpuHash];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFlagAndSize(string name) => AnswerSheet.Check(name, "lru-create", sheet =>
    {
        foreach (MapType kind in Kinds)
        {
            for (int bit = 0; bit < 32; bit++)
            {
                sheet.Add($"{kind} flag {bit}", sheet.Bpf.MapCreate(kind, 4, 8, 1, (MapFlags)(1u << bit)));
                sheet.Add($"{kind} flag {bit}, no_prealloc", sheet.Bpf.MapCreate(kind, 4, 8, 1, (MapFlags)(1u << bit) | MapFlags.NoPrealloc));
                sheet.Add($"{kind} flag {bit}, no_common_lru", sheet.Bpf.MapCreate(kind, 4, 8, 1, (MapFlags)(1u << bit) | MapFlags.NoCommonLru));
            }

            sheet.Add($"{kind} both directions", sheet.Bpf.MapCreate(kind, 4, 8, 1, MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram));
            sheet.Add($"{kind} both directions, no_prealloc", sheet.Bpf.MapCreate(kind, 4, 8, 1, MapFlags.ReadOnlyProgram | MapFlags.WriteOnlyProgram | MapFlags.NoPrealloc));
            foreach (uint value in new uint[] { 0, 1, 32761, 32768, 32769, 1 << 22, 0x8000_0000, uint.MaxValue })
                sheet.Add($"{kind} value {value}", sheet.Bpf.MapCreate(kind, 4, value, 1));
            foreach (uint key in new uint[] { 0, 3, 5, 8, 1 << 22 })
                sheet.Add($"{kind} key {key}", sheet.Bpf.MapCreate(kind, key, 8, 1));
            foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.NoCommonLru, MapFlags.NoPrealloc })
            {
                foreach (uint entries in new uint[] { 0, 3, uint.MaxValue })
                    sheet.Add($"{kind} entries {entries}, flags {(uint)flags}", sheet.Bpf.MapCreate(kind, 4, 8, entries, flags));
            }
        }

        foreach (MapType kind in new[] { MapType.Hash, MapType.PerCpuHash, MapType.Array })
            sheet.Add($"{kind} no_common_lru", sheet.Bpf.MapCreate(kind, 4, 8, 1, MapFlags.NoCommonLru));
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachCommand(string name) => AnswerSheet.Check(name, "lru-elements", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        foreach (MapType kind in Kinds)
        {
            // Large enough for the kernel to evict nothing.
            int map = bpf.MapCreate(kind, 4, 8, 400);
            byte[] values = new byte[kind == MapType.LruHash ? 8 : 8 * ((IExecutionSlots)bpf).ExecutionSlots];
            foreach (uint key in new uint[] { 0, 3, uint.MaxValue })
            {
                foreach (ulong flags in new ulong[] { 0, 1, 2, 3, 4, 5, 8, 16, 24, 1ul << 32 })
                {
                    sheet.Add($"{kind} update {key} flags {flags}", bpf.MapUpdate(map, MapCommandTests.Key(key), values, (UpdateFlags)flags));
                    sheet.Add($"{kind} lookup {key} flags {flags}", bpf.MapLookup(map, MapCommandTests.Key(key), values, (UpdateFlags)flags));
                }

                sheet.Add($"{kind} delete {key}", bpf.MapDelete(map, MapCommandTests.Key(key)));
                sheet.Add($"{kind} delete {key} again", bpf.MapDelete(map, MapCommandTests.Key(key)));
                sheet.Add($"{kind} replace {key}", bpf.MapUpdate(map, MapCommandTests.Key(key), values, UpdateFlags.Exist));
                sheet.Add($"{kind} create {key}", bpf.MapUpdate(map, MapCommandTests.Key(key), values, UpdateFlags.NoExist));
                sheet.Add($"{kind} lookup and delete {key}", bpf.MapLookupAndDelete(map, MapCommandTests.Key(key), values));
                sheet.Add($"{kind} lookup and delete {key} again", bpf.MapLookupAndDelete(map, MapCommandTests.Key(key), values));
            }

            sheet.Add($"{kind} first key", bpf.MapNextKey(map, [], new byte[4]));
            uint count = 3;
            byte[] keys = [.. MapCommandTests.Key(0), .. MapCommandTests.Key(1), .. MapCommandTests.Key(2)], all = new byte[values.Length * 3];
            sheet.Add($"{kind} update batch", bpf.MapUpdateBatch(map, keys, all, ref count));
            sheet.Add($"{kind} update batch count", $"{count}");
            sheet.Add($"{kind} update batch again", bpf.MapUpdateBatch(map, keys, all, ref count, UpdateFlags.NoExist));
            sheet.Add($"{kind} update batch again count", $"{count}");
            count = 3;
            sheet.Add($"{kind} lookup batch", bpf.MapLookupBatch(map, andDelete: false, [], new byte[4], new byte[12], all, ref count));
            sheet.Add($"{kind} lookup batch count", $"{count}");
            count = 3;
            sheet.Add($"{kind} lookup and delete batch", bpf.MapLookupBatch(map, andDelete: true, [], new byte[4], new byte[12], all, ref count));
            sheet.Add($"{kind} lookup and delete batch count", $"{count}");
            count = 3;
            sheet.Add($"{kind} delete batch", bpf.MapDeleteBatch(map, keys, ref count));
            sheet.Add($"{kind} delete batch count", $"{count}");
            sheet.Add($"{kind} freeze", bpf.MapFreeze(map));
            sheet.Add($"{kind} update when frozen", bpf.MapUpdate(map, MapCommandTests.Key(1), values));
            bpf.Close(map);
        }
    });
}
