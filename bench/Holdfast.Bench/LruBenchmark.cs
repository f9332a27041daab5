using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>
/// LRU hash maps: updates and lookups of a full map in random order, by user space against the kernel's system calls, and by a program against
/// the kernel's own maps under the same program, with the cost of the program without the call subtracted. Of the keys a half is there: half of
/// the updates evict.
/// </summary>
internal static class LruBenchmark
{
    private const int Entries = 1 << 17;
    private const int Keys = 2 * Entries;
    private const int OperationsOfARun = 1000;
    private const int Repeats = 20;

    public static void Run(Report report)
    {
        Report.Title($"LRU hash of u32 -> u64, {Entries:n0} entries, {Keys:n0} keys");
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using Bpf kernel = Bpf.OpenKernel();
        using BpfMap ours = Fill(user);
        BpfMap theirs;
        try
        {
            theirs = Fill(kernel);
        }
        catch (BpfException exception)
        {
            Report.Skip("LRU hash", exception.Message);
            return;
        }

        using (theirs)
        {
            Calls(report, "update", Updates(ours), Updates(theirs), 80);
            Calls(report, "lookup", Lookups(ours), Lookups(theirs), 80);
            Programs(report, "update by a program", user, ours, kernel, theirs, """
                *(u64 *)(r10 - 16) = r6
                r1 = map[fd:MAP]
                r2 = r10
                r2 += -4
                r3 = r10
                r3 += -16
                r4 = 0
                call bpf_map_update_elem
                """);
            Programs(report, "lookup by a program", user, ours, kernel, theirs, """
                r1 = map[fd:MAP]
                r2 = r10
                r2 += -4
                call bpf_map_lookup_elem
                """);
        }
    }

    private static void Calls(Report report, string what, Action<int> ours, Action<int> theirs, double target)
    {
        double[] medians = Clock.Medians(report.Batches, Entries, ours, theirs);
        report.Line(what, $"{medians[0]:f1} ns; kernel {medians[1]:f0} ns, {medians[1] / medians[0]:f0} times as long", medians[0], target, " ns");
    }

    private static Action<int> Updates(BpfMap map)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint random = 1;
        return times =>
        {
            for (int i = 0; i < times; i++)
                typed.Update(Next(ref random), random);
        };
    }

    private static Action<int> Lookups(BpfMap map)
    {
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint random = 1;
        return times =>
        {
            for (int i = 0; i < times; i++)
                _ = typed.TryLookup(Next(ref random), out _);
        };
    }

    private static uint Next(ref uint random)
    {
        random = (random * 1664525) + 1013904223;
        return (random >> 8) & (Keys - 1);
    }

    private static void Programs(Report report, string what, Bpf user, BpfMap ours, Bpf kernel, BpfMap theirs, string call)
    {
        (double first, double second) = ProgramTiming.Compare(
            report.Batches,
            (Program(user.Engine, ours, call), Program(user.Engine, ours, "")),
            (Program(kernel.Engine, theirs, call), Program(kernel.Engine, theirs, "")));
        double ratio = first / second;
        report.Line(what, $"{first:f1} ns; kernel {second:f1} ns, ratio {ratio:f2}", ratio, 1.3, "x");
    }

    /// <summary>Nanoseconds of a call, by the engine's own measure of a test run.</summary>
    private static Func<double> Program(IBpfEngine engine, BpfMap map, string call) =>
        ProgramTiming.ByTestRun(engine, $"""
            call bpf_get_prandom_u32
            r7 = r0
            r6 = {OperationsOfARun}
            again:
            r7 *= 1664525
            r7 += 1013904223
            r1 = r7
            r1 >>= 8
            r1 &= {Keys - 1}
            *(u32 *)(r10 - 4) = r1
            {call.Replace("MAP", $"{map.Handle.Descriptor}", StringComparison.Ordinal)}
            r6 += -1
            if r6 != 0 goto again
            r0 = 0
            exit
            """, Repeats, OperationsOfARun);

    private static BpfMap Fill(Bpf bpf)
    {
        BpfMap map = bpf.CreateMap(MapType.LruHash, 4, 8, Entries);
        for (uint key = 0; key < Keys; key++)
            map.Update(BitConverter.GetBytes(key), new byte[8]);
        return map;
    }
}
