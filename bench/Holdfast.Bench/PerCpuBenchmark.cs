using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Bench;

/// <summary>
/// Plain increments of per-CPU values by a program, against the kernel's own maps under the same program, with the cost of the program without
/// the lookup subtracted; and what it costs a single run to take an execution slot and give it back.
/// </summary>
internal static class PerCpuBenchmark
{
    private const uint Entries = 1024;
    private const int IncrementsOfARun = 1000;
    private const int Repeats = 100;
    private const uint RunsTogether = 2000;

    public static void Run(Report report)
    {
        Report.Title($"per-CPU maps of u32 -> u64, {Entries:n0} entries");
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using Bpf kernel = Bpf.OpenKernel();
        foreach (MapType type in new[] { MapType.PerCpuArray, MapType.PerCpuHash })
        {
            using BpfMap ours = Fill(user, type);
            BpfMap theirs;
            try
            {
                theirs = Fill(kernel, type);
            }
            catch (BpfException exception)
            {
                Report.Skip($"increment in a {type}", exception.Message);
                continue;
            }

            using (theirs)
                Compare(report, $"increment in a {type}", user, ours, kernel, theirs);
        }

        Together(report, user);
        Slots(report, store.Path);
    }

    /// <summary>
    /// Two threads, in two execution slots, increment their parts of the same values. The larger value has its word in the middle, so that no two
    /// parts' words, nor a word and a key, are in one cache line: what the smaller one takes more is what it would gain by parts in lines of their own.
    /// </summary>
    private static void Together(Report report, Bpf bpf)
    {
        foreach (uint entries in new uint[] { 1, Entries })
        {
            (int Value, int Offset)[] shapes = [(8, 0), (128, 64)];
            BpfMap[] maps = [.. shapes.Select(shape => Fill(bpf, MapType.PerCpuHash, shape.Value, entries))];
            int[] programs = [.. maps.Select((map, i) => ProgramTiming.Load(bpf.Engine, Increments(map, shapes[i].Offset, entries)))];
            double[][] alone = [new double[report.Batches], new double[report.Batches]], together = [new double[report.Batches], new double[report.Batches]];
            for (int batch = 0; batch < report.Batches; batch++)
            {
                for (int i = 0; i < shapes.Length; i++)
                {
                    alone[i][batch] = Threads(bpf.Engine, programs[i], 1);
                    together[i][batch] = Threads(bpf.Engine, programs[i], 2);
                }
            }

            for (int i = 0; i < shapes.Length; i++)
            {
                Report.Line(
                    $"two threads, {entries:n0} keys, values of {shapes[i].Value} bytes",
                    $"{Clock.Median(together[i]):f1} ns (least {together[i].Min():f1}, most {together[i].Max():f1}); one alone {Clock.Median(alone[i]):f1} ns");
                maps[i].Dispose();
            }
        }
    }

    /// <summary>Nanoseconds of processor time of an increment, with the loop, when so many threads run the program at once.</summary>
    private static double Threads(IBpfEngine engine, int program, int many)
    {
        double[] times = new double[many];
        using Barrier start = new(many);
        Thread[] threads = [.. Enumerable.Range(0, many).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            long used = Clock.ThreadNanoseconds();
            if (engine.TestRun(program, new TestRunRequest { DataIn = new byte[64], Repeat = RunsTogether }, out _) < 0)
                throw new InvalidOperationException("the program can't run");
            times[i] = (Clock.ThreadNanoseconds() - used) / (double)(RunsTogether * IncrementsOfARun);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return times.Average();
    }

    private static void Slots(Report report, string path)
    {
        if (!Store.TryOpen(path, new StoreOptions(), out Store? store, out StorageError? error) || !store.TryOpenSlots(out ExecutionSlots? slots, out error))
            throw new InvalidOperationException(error.Message);
        double[] medians = Clock.Medians(report.Batches, times =>
        {
            for (int i = 0; i < times; i++)
            {
                _ = slots.Enter();
                slots.Exit();
            }
        });
        Report.Line("an execution slot taken and given back", $"{medians[0]:f1} ns");
        slots.RemoveUser();
        store.Dispose();
    }

    private static void Compare(Report report, string what, Bpf user, BpfMap ours, Bpf kernel, BpfMap theirs)
    {
        (double first, double second) = ProgramTiming.Compare(
            report.Batches,
            (Program(user.Engine, ours), Program(user.Engine, null)),
            (Program(kernel.Engine, theirs), Program(kernel.Engine, null)));
        double ratio = first / second;
        report.Line(what, $"{first:f1} ns; kernel {second:f1} ns, ratio {ratio:f2}", ratio, 1.3, "x");
    }

    /// <summary>Nanoseconds of an increment, by the engine's own measure of a test run.</summary>
    private static Func<double> Program(IBpfEngine engine, BpfMap? map) =>
        ProgramTiming.ByTestRun(engine, Increments(map, 0, Entries), Repeats, IncrementsOfARun);

    private static string Increments(BpfMap? map, int offset, uint entries)
    {
        string increment = map is null ? "" : $"""
            r1 = map[fd:{map.Handle.Descriptor}]
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto missed
            r1 = *(u64 *)(r0 + {offset})
            r1 += 1
            *(u64 *)(r0 + {offset}) = r1
            missed:
            """;
        return $"""
            r6 = {IncrementsOfARun}
            again:
            r1 = r6
            r1 &= {entries - 1}
            *(u32 *)(r10 - 4) = r1
            {increment}
            r6 += -1
            if r6 != 0 goto again
            r0 = 0
            exit
            """;
    }

    private static BpfMap Fill(Bpf bpf, MapType type, int valueSize = 8, uint entries = Entries)
    {
        BpfMap map = bpf.CreateMap(type, 4, valueSize, entries);
        for (uint key = 0; key < entries; key++)
            map.Update(BitConverter.GetBytes(key), new byte[map.ValueBufferSize]);
        return map;
    }
}
