using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>Pins of both engines side by side: names in a store on tmpfs, and in a bpffs of the kernel's.</summary>
internal static class PinBenchmark
{
    private const int Names = 200;
    private const int WarmUpMilliseconds = 3000;
    private const int Many = 100_000;
    private const int ManyQuick = 20_000;

    public static void Run(Report report)
    {
        Report.Title($"pins: {Names} names a batch, both engines in turn; processor time of one call");
        using TemporaryStore store = new();
        using Bpf user = Bpf.Open(new BpfOptions { Store = store.Path });
        using PinScene ours = new(user, user.DefaultMount);
        string directory = Directory.CreateTempSubdirectory("holdfast-bench-").FullName;
        using Bpf kernel = Bpf.OpenKernel();
        try
        {
            kernel.Mount(directory);
        }
        catch (BpfException failure)
        {
            Directory.Delete(directory);
            Report.Skip("the kernel's bpffs", failure.Message);
            return;
        }

        using (PinScene theirs = new(kernel, directory))
            Compare(report, ours, theirs);
        kernel.Unmount(directory);
        Directory.Delete(directory);
        MeasureMany(report, user, report.Quick ? ManyQuick : Many);
    }

    private static void Compare(Report report, PinScene ours, PinScene theirs)
    {
        (string What, Action<PinScene> Do, double Target)[] steps =
        [
            ("pin", scene => scene.PinAll(), 1.5),
            ("get + close", scene => scene.GetAll(), 1.5),
            ("unlink", scene => scene.UnlinkAll(), 1.5),
            ("create + close", scene => scene.CreateAll(), 3),
        ];
        // The runtime compiles what is used much a second time, after a while: that is the process that the figures are of.
        Stopwatch warming = Stopwatch.StartNew();
        while (warming.ElapsedMilliseconds < WarmUpMilliseconds)
            Array.ForEach(steps, step => step.Do(ours));
        double[,][] samples = new double[steps.Length, 2][];
        for (int step = 0; step < steps.Length; step++)
            (samples[step, 0], samples[step, 1]) = (new double[report.Batches], new double[report.Batches]);
        for (int batch = 0; batch < report.Batches; batch++)
        {
            for (int engine = 0; engine < 2; engine++)
            {
                for (int step = 0; step < steps.Length; step++)
                {
                    long start = Clock.ThreadNanoseconds();
                    steps[step].Do(engine == 0 ? ours : theirs);
                    samples[step, engine][batch] = (Clock.ThreadNanoseconds() - start) / (double)Names;
                }
            }
        }

        for (int step = 0; step < steps.Length; step++)
        {
            double user = Clock.Median(samples[step, 0]) / 1000, kernel = Clock.Median(samples[step, 1]) / 1000;
            report.Line(steps[step].What, string.Create(CultureInfo.InvariantCulture, $"{user:f2} us, kernel {kernel:f2} us, ratio {user / kernel:f2}"), user / kernel, steps[step].Target, "x");
        }
    }

    /// <summary>So many objects, each with a name in one directory: the last names cost what the first did.</summary>
    private static void MeasureMany(Report report, Bpf bpf, int count)
    {
        string directory = Directory.CreateDirectory(Path.Combine(bpf.DefaultMount, "many")).FullName;
        double few = 0;
        Fill(bpf, directory, 0, 10);
        using (PinScene scene = new(bpf, directory))
        {
            few = scene.MedianOfPinGetUnlink(report.Batches);
            Fill(bpf, directory, 10, count);
            double many = scene.MedianOfPinGetUnlink(report.Batches);
            report.Line(
                $"pin + get + unlink beside {count:n0} pins",
                string.Create(CultureInfo.InvariantCulture, $"{many / 1000:f2} us, beside 10 {few / 1000:f2} us, ratio {many / few:f2}"),
                many / few,
                1.25,
                "x");
        }

        Stopwatch watch = Stopwatch.StartNew();
        int listed = bpf.List(directory).Count(entry => entry.Id != 0);
        Report.Line($"all {listed:n0} listed, with kinds and ids", string.Create(CultureInfo.InvariantCulture, $"{watch.ElapsedMilliseconds} ms"));
        ReportIdle(report, bpf, $"collector, {count:n0} pinned maps, nothing to free");
        string pairs = Directory.CreateDirectory(Path.Combine(bpf.DefaultMount, "pairs")).FullName;
        FillPairs(bpf, pairs, count / 2);
        Directory.Delete(directory, recursive: true);
        long freed = Collect(bpf, out double busy);
        Report.Line($"{freed:n0} freed by the collector after rm -r", string.Create(CultureInfo.InvariantCulture, $"{busy:f0} ms of processor time"));
        ReportIdle(report, bpf, $"collector, {count:n0} maps, half of them in the others, nothing to free");
        Directory.Delete(pairs, recursive: true);
    }

    private static void ReportIdle(Report report, Bpf bpf, string what)
    {
        _ = Collect(bpf, out double idle);
        report.Line(what, string.Create(CultureInfo.InvariantCulture, $"{idle:f0} ms of processor time"), idle, 1000, " ms");
    }

    /// <summary>Pinned maps of one map each.</summary>
    private static void FillPairs(Bpf bpf, string directory, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using BpfMap inner = bpf.CreateMap(MapType.Array, 4, 4, 1);
            using BpfMap outer = bpf.CreateMap(new MapCreateAttribute
            {
                MapType = MapType.ArrayOfMaps,
                KeySize = 4,
                ValueSize = 4,
                MaxEntries = 1,
                InnerMapFd = (uint)inner.Handle.Descriptor,
            });
            outer.Update(BitConverter.GetBytes(0), BitConverter.GetBytes(inner.Handle.Descriptor));
            outer.Pin($"{directory}/pair{i}");
        }
    }

    private static long Collect(Bpf bpf, out double milliseconds)
    {
        long start = Clock.ThreadNanoseconds();
        long freed = bpf.Store!.Collect().Freed;
        milliseconds = (Clock.ThreadNanoseconds() - start) / 1e6;
        return freed;
    }

    private static void Fill(Bpf bpf, string directory, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            using BpfMap map = bpf.CreateMap(MapType.Array, 4, 4, 1);
            map.Pin($"{directory}/many{i}");
        }
    }
}
