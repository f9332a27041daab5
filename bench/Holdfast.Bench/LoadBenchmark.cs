using System.Diagnostics;
using System.Globalization;
using Holdfast.Objects;

namespace Holdfast.Bench;

/// <summary>Loading <c>flow_stats</c>: reading the object, making its maps, verifying, storing; and the first compilation, each in a fresh process.</summary>
internal static class LoadBenchmark
{
    /// <summary>Argument that makes this program a child which loads and runs once.</summary>
    public const string ChildCommand = "--child";

    private const int PacketBytes = 128;

    public static void Run(Report report)
    {
        Report.Title("samples/flow_stats.bpf.o: load (read, maps, verify, store) and first run");
        string file = Path.Combine(Paths.Root, "samples/flow_stats.bpf.o");
        using TemporaryStore store = new();
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store.Path });
        double[] samples = new double[report.Quick ? 30 : 100];
        double[] processor = new double[samples.Length];
        try
        {
            for (int i = -10; i < samples.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                long used = Clock.ThreadNanoseconds();
                using BpfObject loaded = bpf.Load(BpfObjectSpec.Load(file));

                // What comes before 0 warms up.
                processor[Math.Max(i, 0)] = (Clock.ThreadNanoseconds() - used) / 1e6;
                samples[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }
        catch (BpfException exception)
        {
            Report.Skip("load", exception.Message);
            return;
        }

        double median = Clock.Median(samples);
        report.Line("load, warm", $"{median:f1} ms", median, 20, " ms");
        Report.Line("load, warm, processor time", $"{Clock.Median(processor):f1} ms");
        double[][] children = [.. Enumerable.Range(0, report.Quick ? 5 : 15).Select(_ => Child(file))];
        double cold = Clock.Median([.. children.Select(child => child[0])]);
        double compile = Clock.Median([.. children.Select(child => child[1] - child[2])]);
        Report.Line("load, first in a process", $"{cold:f0} ms");
        Report.Line("load, first in a process, processor time", $"{Clock.Median([.. children.Select(child => child[3])]):f0} ms");
        report.Line("first JIT: first run less second", $"{compile:f1} ms", compile, 20, " ms");
        Report.Line("first JIT, processor time", $"{Clock.Median([.. children.Select(child => child[4] - child[5])]):f1} ms");
    }

    /// <summary>What a child does: loads, runs twice, prints the three times and the three processor times in milliseconds.</summary>
    public static int RunChild(string file)
    {
        using TemporaryStore store = new();
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store.Path });
        byte[] packet = new byte[PacketBytes];
        BpfObject? loaded = null;
        (double Wall, double Processor) load = Time(() => loaded = bpf.Load(BpfObjectSpec.Load(file)));
        using BpfObject disposed = loaded!;
        BpfProgram program = loaded!.Programs.Values.First();

        (double Wall, double Processor) first = Time(() => program.TestRun(packet));
        (double Wall, double Processor) second = Time(() => program.TestRun(packet));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{load.Wall} {first.Wall} {second.Wall} {load.Processor} {first.Processor} {second.Processor}"));
        return 0;
    }

    private static (double Wall, double Processor) Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        long used = Clock.ThreadNanoseconds();
        action();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Clock.ThreadNanoseconds() - used) / 1e6);
    }

    private static double[] Child(string file)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, [ChildCommand, file]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return [.. output.Split(' ', StringSplitOptions.TrimEntries).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }
}
