using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Corners of the batch commands.</summary>
public sealed class MapBatchAnswerTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void FlagsCountsAndTokens(string name) => AnswerSheet.Check(name, "batch-corners", sheet =>
    {
        foreach (MapType kind in new[] { MapType.Array, MapType.Hash, MapType.ProgArray })
        {
            int map = sheet.Bpf.MapCreate(kind, 4, 4, 8);
            for (uint key = 0; key < 5 && kind != MapType.ProgArray; key++)
                sheet.Bpf.MapUpdate(map, Key(key), Key(key * 10));
            foreach (BpfCommand command in new[] { BpfCommand.MapLookupBatch, BpfCommand.MapUpdateBatch, BpfCommand.MapDeleteBatch, BpfCommand.MapLookupAndDeleteBatch })
            {
                foreach (ulong flags in new ulong[] { 1, 2, 4, 8, 1ul << 33 })
                {
                    Ask(sheet, $"{kind} {command} flags {flags}", command, map, count: 1, flags: flags);
                    Ask(sheet, $"{kind} {command} element flags {flags}", command, map, count: 1, elementFlags: flags);
                }

                Ask(sheet, $"{kind} {command} no count", command, map, count: 0);
                Ask(sheet, $"{kind} {command} no count, flags", command, map, count: 0, flags: 1);
                Ask(sheet, $"{kind} {command} no out_batch", command, map, count: 8, outBatch: false);
                Ask(sheet, $"{kind} {command} in_batch past the end", command, map, count: 1, inBatch: 1000);
                Ask(sheet, $"{kind} {command} in_batch at the end", command, map, count: 1, inBatch: 8);
                Ask(sheet, $"{kind} {command} in_batch -1", command, map, count: 1, inBatch: uint.MaxValue);
            }

            sheet.Bpf.Close(map);
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ArraysByBatchesOfEachSize(string name) => AnswerSheet.Check(name, "batch-array", sheet =>
    {
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 8);
        for (uint key = 0; key < 8; key++)
            sheet.Bpf.MapUpdate(map, Key(key), Key(key * 10));
        for (uint size = 1; size < 11; size++)
        {
            byte[] token = [], next = new byte[4], keys = new byte[44], values = new byte[44];
            for (int round = 0, result = 0; result == 0 && round < 12; round++, token = [.. next])
            {
                uint count = size;
                result = sheet.Bpf.MapLookupBatch(map, andDelete: false, token, next, keys, values, ref count);
                sheet.Add($"batches of {size}, {round}", $"{RawCalls.Answer(result)}, {count}: {Convert.ToHexStringLower(keys, 0, 4 * (int)count)} {Convert.ToHexStringLower(values, 0, 4 * (int)count)}");
            }
        }

        sheet.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void UpdatesAndDeletesStopWhereTheyFail(string name) => AnswerSheet.Check(name, "batch-stops", sheet =>
    {
        foreach (MapType kind in new[] { MapType.Array, MapType.Hash })
        {
            int map = sheet.Bpf.MapCreate(kind, 4, 4, 4);
            foreach (uint[] keys in new uint[][] { [0, 1, 2], [3, 9, 1], [9, 10], [0, 1, 2, 3], [1, 1, 1, 1, 1] })
            {
                byte[] bytes = [.. keys.SelectMany(Key)];
                foreach (ulong flags in new ulong[] { 0, 1, 2 })
                {
                    uint count = (uint)keys.Length;
                    int result = sheet.Bpf.MapUpdateBatch(map, bytes, bytes, ref count, (UpdateFlags)flags);
                    sheet.Add($"{kind} update {string.Join(' ', keys)} flags {flags}", $"{RawCalls.Answer(result)}, {count}");
                }

                uint deleted = (uint)keys.Length;
                int answer = sheet.Bpf.MapDeleteBatch(map, bytes, ref deleted);
                sheet.Add($"{kind} delete {string.Join(' ', keys)}", $"{RawCalls.Answer(answer)}, {deleted}");
            }

            sheet.Bpf.Close(map);
        }
    });

    private static void Ask(
        AnswerSheet sheet, string what, BpfCommand command, int map, uint count, ulong flags = 0, ulong elementFlags = 0, bool outBatch = true, uint? inBatch = null)
    {
        byte[] buffers = GC.AllocateArray<byte>(512, pinned: true);
        ulong Address(int offset) => (ulong)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(buffers, offset);
        BinaryPrimitives.WriteUInt32LittleEndian(buffers.AsSpan(0), inBatch ?? 0);
        MapBatchAttribute attribute = new()
        {
            MapFd = (uint)map,
            Count = count,
            Flags = flags,
            ElemFlags = elementFlags,
            InBatch = inBatch is null ? 0 : Address(0),
            OutBatch = outBatch ? Address(16) : 0,
            Keys = Address(32),
            Values = Address(256),
        };
        int result = sheet.Bpf.Invoke(command, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new Span<MapBatchAttribute>(ref attribute)));
        sheet.Add(what, $"{RawCalls.Answer(result)}, {attribute.Count}");
    }
}
