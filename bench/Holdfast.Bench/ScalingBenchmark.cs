using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>
/// One and two threads, and one and two processes, on the halves of one map's keys. By the wall clock where the machine has the
/// processors to itself; by processor time of an operation besides, which tells what the two cost each other in locks and caches.
/// </summary>
internal static class ScalingBenchmark
{
    /// <summary>Argument of a worker process: what to do, store and map, which half of the keys.</summary>
    public const string Worker = "--scaling-work";

    private const int Entries = 100_000;
    private const int Slice = 1000;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(0.3);

    public static void Run(Report report)
    {
        Report.Title($"two on disjoint keys against one, u32 -> u64, {Entries:n0} entries; times as much done by processor time, and by the wall clock");
        int rounds = report.Quick ? 5 : 15;
        foreach (string work in new[] { "array update", "hash lookup", "hash update", "hash insert and delete" })
        {
            using TemporaryStore store = new();
            using Bpf bpf = Bpf.Open(new BpfOptions { Store = store.Path });
            using BpfMap map = bpf.CreateMap(work.StartsWith("array", StringComparison.Ordinal) ? MapType.Array : MapType.Hash, 4, 8, Entries);
            BpfMap<uint, ulong> typed = map.As<uint, ulong>();
            for (uint key = 0; key < Entries; key++)
                typed.Update(key, key);
            _ = Loop(typed, work, 0, Time);
            Tell(report, $"{work}, threads", rounds, many => Threads(typed, work, many));
            using Workers workers = new(store.Path, map.Id, work);
            Tell(report, $"{work}, processes", rounds, workers.Run);
        }
    }

    /// <summary>Works whenever it is told to, and prints what it did.</summary>
    public static void Work(string work, string place, string half)
    {
        string[] words = place.Split('|');
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = words[0] });
        using BpfMap map = bpf.OpenMap(uint.Parse(words[1], CultureInfo.InvariantCulture));
        BpfMap<uint, ulong> typed = map.As<uint, ulong>();
        uint first = uint.Parse(half, CultureInfo.InvariantCulture);
        _ = Loop(typed, work, first, 5 * Time);
        Console.WriteLine("ready");
        while (Console.ReadLine() is not null)
            Console.WriteLine(Loop(typed, work, first, Time).ToText());
    }

    private static void Tell(Report report, string what, int rounds, Func<int, Done[]> run)
    {
        double[] processor = new double[rounds], wall = new double[rounds], alone = new double[rounds], handover = new double[rounds];
        for (int round = 0; round < rounds; round++)
        {
            handover[round] = LineHandover.RoundTrip();
            Done[] one = run(1), two = run(2);
            alone[round] = one[0].Processor / one[0].Operations;
            processor[round] = 2 * alone[round] / two.Average(done => done.Processor / done.Operations);
            wall[round] = two.Sum(done => done.Operations / done.Wall) / (one[0].Operations / one[0].Wall);
        }

        double median = Clock.Median(processor);
        string figures = $"{median:f2} times, {Clock.Median(wall):f2} by the wall clock; one alone {Clock.Median(alone):f0} ns; a line there and back {Clock.Median(handover):f0} ns";
        report.Line(what, figures, 1.6 / median, 1.0, " of 1.6 times");
    }

    private static Done[] Threads(BpfMap<uint, ulong> map, string work, int many)
    {
        Done[] done = new Done[many];
        using Barrier start = new(many);
        Thread[] threads = [.. Enumerable.Range(0, many).Select(half => new Thread(() =>
        {
            start.SignalAndWait();
            done[half] = Loop(map, work, (uint)half, Time);
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return done;
    }

    private static Done Loop(BpfMap<uint, ulong> map, string work, uint half, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp(), used = Clock.ThreadNanoseconds(), operations = 0;
        uint random = 1;
        while (Stopwatch.GetElapsedTime(start) < time)
        {
            for (int i = 0; i < Slice; i++)
            {
                // Knuth's numbers; the high bits choose the key, in the lower or the upper half: neighbours in an array are in one cache line.
                random = (random * 1_664_525) + 1_013_904_223;
                uint key = (uint)((ulong)random * (Entries / 2) >> 32) + (half * (Entries / 2));
                if (work == "hash lookup")
                    map.TryLookup(key, out _);
                else if (work != "hash insert and delete" || !map.TryDelete(key))
                    map.Update(key, random);
            }

            operations += Slice;
        }

        return new(operations, Clock.ThreadNanoseconds() - used, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
    }

    /// <param name="Operations">How many.</param>
    /// <param name="Processor">Nanoseconds of processor time that they took.</param>
    /// <param name="Wall">Nanoseconds by the wall clock.</param>
    private readonly record struct Done(double Operations, double Processor, double Wall)
    {
        public static Done Of(string text)
        {
            double[] figures = [.. text.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            return new(figures[0], figures[1], figures[2]);
        }

        public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Operations} {Processor} {Wall}");
    }
    /// <summary>Two processes, which run what the runtime has optimised by the time that the first figure is taken.</summary>
    private sealed class Workers : IDisposable
    {
        private readonly Process[] _all;

        public Workers(string store, uint map, string work)
        {
            _all = [.. Enumerable.Range(0, 2).Select(half => Process.Start(
                new ProcessStartInfo(Environment.ProcessPath!, [Worker, work, $"{store}|{map}", $"{half}"])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                })!)];
            Array.ForEach(_all, worker => worker.StandardOutput.ReadLine());
        }

        public Done[] Run(int many)
        {
            Process[] working = _all[..many];
            Array.ForEach(working, worker => worker.StandardInput.WriteLine());
            return [.. working.Select(worker => Done.Of(worker.StandardOutput.ReadLine() ?? throw new InvalidOperationException("a worker died")))];
        }

        public void Dispose()
        {
            foreach (Process worker in _all)
            {
                worker.StandardInput.Close();
                worker.WaitForExit();
                worker.Dispose();
            }
        }
    }
}
