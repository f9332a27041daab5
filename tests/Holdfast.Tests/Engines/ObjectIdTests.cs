using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Ids: in order, opened with flags, gone with the object.</summary>
public sealed class ObjectIdTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void FlagsAndLimits(string name) => AnswerSheet.Check(name, "ids", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int map = bpf.MapCreate(MapType.Array, 4, 4, 1), program = Programs.Accept(bpf, Programs.ReturnOne);
        ProgInfo programInfo = default;
        Assert.Equal(0, bpf.Info(program, ref programInfo));
        (string, uint)[] ids = [("map", bpf.MapId(map)), ("program", programInfo.Id), ("0", 0), ("int max", int.MaxValue), ("int max + 1", int.MaxValue + 1u), ("uint max", uint.MaxValue)];
        foreach (BpfCommand command in new[] { BpfCommand.MapGetFdById, BpfCommand.ProgGetFdById, BpfCommand.LinkGetFdById, BpfCommand.BtfGetFdById })
        {
            foreach ((string what, uint id) in ids.Where(pair => pair.Item2 is 0 or >= int.MaxValue || command.ToString().StartsWith(pair.Item1[..3], StringComparison.OrdinalIgnoreCase)))
            {
                for (int bit = -1; bit < 20; bit++)
                {
                    GetIdAttribute attribute = new() { Id = id, OpenFlags = bit < 0 ? 0 : 1u << bit };
                    sheet.Add($"{command} {what} flags {bit}", bpf.Invoke(command, attribute, RawCalls.SizeOf<GetIdAttribute>()));
                }

                sheet.Add($"{command} {what} read and write only", bpf.Invoke(command, new GetIdAttribute { Id = id, OpenFlags = 24 }, RawCalls.SizeOf<GetIdAttribute>()));
                sheet.Add($"{command} {what} next_id", bpf.Invoke(command, new GetIdAttribute { Id = id, NextId = 5 }, RawCalls.SizeOf<GetIdAttribute>()));
            }
        }

        foreach (BpfCommand command in new[] { BpfCommand.MapGetNextId, BpfCommand.ProgGetNextId, BpfCommand.LinkGetNextId, BpfCommand.BtfGetNextId })
        {
            foreach (uint start in new uint[] { 0x7ffffff0, int.MaxValue - 1, int.MaxValue, int.MaxValue + 1u, uint.MaxValue })
                sheet.Add($"{command} after {start:x}", bpf.Invoke(command, new GetIdAttribute { Id = start }, RawCalls.SizeOf<GetIdAttribute>()));
        }

        bpf.Close(map);
        bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AccessOfADescriptorByIdIsAsAsked(string name) => AnswerSheet.Check(name, "ids-access", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int map = bpf.MapCreate(MapType.Hash, 4, 4, 1);
        uint id = bpf.MapId(map);
        foreach (MapFlags flags in new[] { MapFlags.None, MapFlags.ReadOnly, MapFlags.WriteOnly })
        {
            int same = bpf.MapById(id, flags);
            sheet.Add($"{flags} update", bpf.MapUpdate(same, new byte[4], new byte[4]));
            sheet.Add($"{flags} lookup", bpf.MapLookup(same, new byte[4], new byte[4]));
            sheet.Add($"{flags} freeze", flags == MapFlags.None ? 0 : bpf.MapFreeze(same));
            bpf.Close(same);
        }

        bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void IdsAreMetInOrderAndEndWithTheObject(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int[] maps = [.. Enumerable.Range(0, 5).Select(_ => bpf.MapCreate(MapType.Array, 4, 4, 1))];
        uint[] ids = [.. maps.Select(map => bpf.MapId(map))];
        Assert.Equal(ids.Order(), ids);
        List<uint> walked = [];
        for (uint at = ids[0] - 1; bpf.MapNextId(at, out uint next) == 0; at = next)
            walked.Add(next);
        Assert.Equal(walked.Order(), walked);
        Assert.Equal(ids, walked.Where(ids.Contains));

        bpf.Close(maps[2]);
        Eventually.Gone(bpf, ObjectKind.Map, ids[2]);
        Assert.Equal(0, bpf.MapNextId(ids[1], out uint after));
        Assert.True(after > ids[2]);

        // Not given again while others are there.
        int more = bpf.MapCreate(MapType.Array, 4, 4, 1);
        Assert.True(bpf.MapId(more) > ids[4]);
        foreach (int map in maps.Where((_, at) => at != 2).Append(more))
            bpf.Close(map);
    }
}
