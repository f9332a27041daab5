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
    private const int Entries = 1024;
    private const int IncrementsOfARun = 1000;
    private const int Repeats = 100;

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

        Slots(report, store.Path);
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
    private static Func<double> Program(IBpfEngine engine, BpfMap? map)
    {
        string increment = map is null ? "" : $"""
            r1 = map[fd:{map.Handle.Descriptor}]
            r2 = r10
            r2 += -4
            call bpf_map_lookup_elem
            if r0 == 0 goto missed
            r1 = *(u64 *)(r0 + 0)
            r1 += 1
            *(u64 *)(r0 + 0) = r1
            missed:
            """;
        return ProgramTiming.ByTestRun(engine, $"""
            r6 = {IncrementsOfARun}
            again:
            r1 = r6
            r1 &= {Entries - 1}
            *(u32 *)(r10 - 4) = r1
            {increment}
            r6 += -1
            if r6 != 0 goto again
            r0 = 0
            exit
            """, Repeats, IncrementsOfARun);
    }

    private static BpfMap Fill(Bpf bpf, MapType type)
    {
        BpfMap map = bpf.CreateMap(type, 4, 8, Entries);
        for (uint key = 0; key < Entries; key++)
            map.Update(BitConverter.GetBytes(key), new byte[map.ValueBufferSize]);
        return map;
    }
}
