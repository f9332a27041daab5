using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>Prog arrays: what they take, what they keep alive, how deep tail calls go.</summary>
public sealed class ProgArrayAnswerTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void ProgramsThatSuitEachOther(string name) => AnswerSheet.Check(name, "prog-array-types", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        ProgramType[] types = [ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.Xdp, ProgramType.CgroupSkb, ProgramType.RawTracepoint];
        foreach (ProgramType first in types)
        {
            foreach (ProgramType second in types)
            {
                int slots = bpf.MapCreate(MapType.ProgArray, 4, 4, 2);
                int one = Programs.Accept(bpf, Programs.ReturnOne, first), two = Programs.Accept(bpf, Programs.ReturnOne, second);
                string what = $"{first} {second}";
                sheet.Add($"{what} first", bpf.MapUpdate(slots, Key(0), Key((uint)one)));
                sheet.Add($"{what} second", bpf.MapUpdate(slots, Key(1), Key((uint)two)));
                sheet.Add($"{what} in place of the first", bpf.MapUpdate(slots, Key(0), Key((uint)two)));
                sheet.Add($"{what} delete", bpf.MapDelete(slots, Key(0)));
                sheet.Add($"{what} second into the emptied", bpf.MapUpdate(slots, Key(0), Key((uint)two)));
                sheet.Add($"{what} a user of the second's type", Programs.Load(bpf, Caller(slots, 0), second));
                foreach (int descriptor in new[] { slots, one, two })
                    bpf.Close(descriptor);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AUserDecidesTheTypeToo(string name) => AnswerSheet.Check(name, "prog-array-user-types", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int slots = bpf.MapCreate(MapType.ProgArray, 4, 4, 2);
        int caller = Programs.Accept(bpf, Caller(slots, 0), ProgramType.Xdp);
        int xdp = Programs.Accept(bpf, Programs.ReturnOne, ProgramType.Xdp), filter = Programs.Accept(bpf, Programs.ReturnOne);
        sheet.Add("of another type", bpf.MapUpdate(slots, Key(0), Key((uint)filter)));
        sheet.Add("of its type", bpf.MapUpdate(slots, Key(0), Key((uint)xdp)));
        sheet.Add("a second user of its type", Programs.Load(bpf, Caller(slots, 1), ProgramType.Xdp));
        sheet.Add("a second user of another type", Programs.Load(bpf, Caller(slots, 1)));
        sheet.Add("itself", bpf.MapUpdate(slots, Key(1), Key((uint)caller)));
        sheet.Add("a program in place of itself", bpf.MapUpdate(slots, Key(1), Key((uint)xdp)));
        sheet.Add("lookup tells an id", bpf.MapLookup(slots, Key(1), new byte[4]));
        foreach (int descriptor in new[] { slots, caller, xdp, filter })
            bpf.Close(descriptor);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void TailCallsEndAtThirtyThree(string name) => AnswerSheet.Check(name, "tail-call-limit", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int slots = bpf.MapCreate(MapType.ProgArray, 4, 4, 2), counts = bpf.MapCreate(MapType.Array, 4, 8, 1);
        // Counts its runs, then calls itself; what the limit leaves over returns 7.
        int again = Programs.Accept(bpf, $"""
            r6 = r1
            r1 = map[fd:{counts}][0]+0
            r2 = 1
            lock *(u64 *)(r1 + 0) += r2
            r1 = r6
            r2 = map[fd:{slots}]
            r3 = 0
            call bpf_tail_call
            r0 = 7
            exit
            """);
        sheet.Add("into the slot", bpf.MapUpdate(slots, Key(0), Key((uint)again)));
        byte[] count = new byte[8];
        for (int run = 0; run < 3; run++)
        {
            sheet.Add($"run {run}", bpf.TestRun(again, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
            sheet.Add($"run {run} returns", $"{result.ReturnValue}");
            sheet.Add($"run {run} counted", bpf.MapLookup(counts, Key(0), count), count);
        }

        foreach (int descriptor in new[] { slots, counts, again })
            bpf.Close(descriptor);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void TailCallsByIndex(string name) => AnswerSheet.Check(name, "tail-call-index", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int slots = bpf.MapCreate(MapType.ProgArray, 4, 4, 3);
        int one = Programs.Accept(bpf, Programs.ReturnOne);
        Assert.Equal(0, bpf.MapUpdate(slots, Key(1), Key((uint)one)));
        foreach (string index in new[] { "0", "1", "2", "3", "-1", "4294967297 ll", "4294967298 ll" })
        {
            int caller = Programs.Accept(bpf, Caller(slots, index));
            sheet.Add($"slot {index}", bpf.TestRun(caller, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
            sheet.Add($"slot {index} returns", $"{result.ReturnValue}");
            bpf.Close(caller);
        }

        bpf.Close(slots);
        bpf.Close(one);
    });

    /// <summary>
    /// A row of <c>docs/parity.md</c>: a prog array keeps its programs while user space refers to it, by descriptor or pin. The kernel empties it
    /// when the last such reference goes, even if a program still uses it; the userspace engine with the array itself.
    /// </summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void AProgArrayThatOnlyProgramsUse(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int slots = bpf.MapCreate(MapType.ProgArray, 4, 4, 1);
        int caller = Programs.Accept(bpf, Caller(slots, 0)), one = Programs.Accept(bpf, Programs.ReturnOne);
        ProgInfo info = default;
        Assert.Equal(0, bpf.Info(one, ref info));
        Assert.Equal(0, bpf.MapUpdate(slots, Key(0), Key((uint)one)));
        bpf.Close(one);
        Assert.Equal(0, bpf.Pin(slots, engine.Pin("slots")));
        bpf.Close(slots);
        Assert.Equal(1u, Run(bpf, caller));
        Assert.True(Eventually.Exists(bpf, ObjectKind.Program, info.Id));

        engine.Bpf.Unpin(engine.Pin("slots"));
        if (engine.IsKernel)
            Assert.True(Eventually.IsTrue(() => Run(bpf, caller) == 7));
        else
            Assert.Equal(1u, Run(bpf, caller));
        bpf.Close(caller);
        Eventually.Gone(bpf, ObjectKind.Program, info.Id);
    }

    private static string Caller(int slots, object index) => $"""
        r2 = map[fd:{slots}]
        r3 = {index}
        call bpf_tail_call
        r0 = 7
        exit
        """;

    private static uint Run(IBpfEngine bpf, int program)
    {
        Assert.Equal(0, bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult result));
        return result.ReturnValue;
    }
}
