using System.Diagnostics;
using System.Globalization;
using Holdfast.Objects;

namespace Holdfast.Bench;

/// <summary>
/// Records of 16 bytes from a program in one process to a reader in another, through a ring buffer of 1 MiB: ours, and the kernel's in the
/// same run. What counts is the processor time that a record takes at the slower of the two ends; records a second by the wall clock
/// are told besides, and are the machine's as much as ours where it has other work to do.
/// </summary>
internal static class RingBenchmark
{
    /// <summary>Argument of the writing process: engine, store, program id; it writes until its standard input ends.</summary>
    public const string Writer = "--ring-write";

    private const int RunsAtOnce = 20;
    private const int RecordsOfRun = 64;

    public static void Run(Report report)
    {
        Report.Title("records of 16 bytes through a ring buffer between two processes");
        foreach (string program in new[] { "output", "reserve" })
        {
            Figures[] ours = new Figures[report.Quick ? 5 : 15], kernel = new Figures[ours.Length];
            string reason = "";
            for (int i = 0; i < ours.Length; i++)
            {
                ours[i] = Measure("user", program);
                if (reason.Length == 0)
                    TryKernel(program, out kernel[i], out reason);
            }

            double slower = Clock.Median([.. ours.Select(figures => figures.Slower)]);
            string theirs = reason.Length > 0 ? $"kernel skipped: {reason}" : $"the kernel's {Text(kernel)}";
            report.Line($"bpf_ringbuf_{program}", $"{Text(ours)}; {theirs}", slower, 50, " ns a record");
        }
    }

    /// <summary>Writes until standard input ends, and prints what a record took.</summary>
    public static void Write(string engine, string store, string id)
    {
        using Bpf bpf = Open(engine, store);
        using BpfProgram program = bpf.OpenProgram(uint.Parse(id, CultureInfo.InvariantCulture));
        Task<int> over = Task.Run(Console.In.Read);
        TestRunOptions options = new() { Data = new byte[64], Repeat = RunsAtOnce };
        uint refused = 0;
        for (int i = 0; i < 2000; i++)
            refused = program.TestRun(options).ReturnValue;
        long start = Clock.ThreadNanoseconds(), used = 0, written = 0;
        while (!over.IsCompleted)
        {
            uint before = refused;
            refused = program.TestRun(options).ReturnValue;
            long now = Clock.ThreadNanoseconds();
            if (refused == before)
            {
                used += now - start;
                written += RunsAtOnce * RecordsOfRun;
                start = now;
                continue;
            }

            // The reader isn't there: what a refused record takes is no figure.
            Thread.Yield();
            start = Clock.ThreadNanoseconds();
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{used / Math.Max(written, 1.0)}"));
    }

    private static string Text(Figures[] figures)
    {
        double Median(Func<Figures, double> figure) => Clock.Median([.. figures.Select(figure)]);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Median(f => f.Writer):f1} ns to write, {Median(f => f.Reader):f1} to read ({1000 / Median(f => f.Wall):f1} M/s by the wall clock)");
    }

    private static void TryKernel(string program, out Figures figures, out string reason)
    {
        reason = "";
        figures = default;
        try
        {
            figures = Measure("kernel", program);
        }
        catch (BpfException exception)
        {
            reason = exception.Message;
        }
    }

    private static Bpf Open(string engine, string store) => engine == "kernel" ? Bpf.OpenKernel() : Bpf.Open(new BpfOptions { Store = store });

    private static Figures Measure(string engine, string program)
    {
        using TemporaryStore store = new();
        using Bpf bpf = Open(engine, store.Path);
        using BpfObject loaded = bpf.Load(BpfObjectSpec.Load(Path.Combine(Paths.Native, "ring.bpf.o")));
        using RingBuffer reader = RingBuffer.Open(loaded.Maps["ring"]);
        ProcessStartInfo start = new(Environment.ProcessPath!, [Writer, engine, store.Path, $"{loaded.Programs[program].Id}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process writer = Process.Start(start)!;
        for (int i = 0; i < 60 && Read(reader, TimeSpan.FromSeconds(0.5), out _) == 0; i++)
            continue; // it is starting
        _ = Read(reader, TimeSpan.FromSeconds(0.5), out _); // until all is compiled
        Stopwatch clock = Stopwatch.StartNew();
        long records = Read(reader, TimeSpan.FromSeconds(0.6), out long used);
        double wall = clock.Elapsed.TotalNanoseconds;
        writer.StandardInput.Close();
        string text = writer.StandardOutput.ReadToEnd();
        writer.WaitForExit();
        return records > 0
            ? new(double.Parse(text, CultureInfo.InvariantCulture), used / (double)records, wall / records)
            : throw new InvalidOperationException("no record arrived");
    }

    private static long Read(RingBuffer reader, TimeSpan time, out long used)
    {
        long end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency), records = 0;
        used = 0;
        ulong last = 0;
        while (Stopwatch.GetTimestamp() < end)
        {
            long start = Clock.ThreadNanoseconds();
            int count = 0;
            for (; count < 4096 && reader.TryRead(out ReadOnlySpan<byte> record); count++)
            {
                ulong number = BitConverter.ToUInt64(record);
                if (number <= last)
                    throw new InvalidOperationException($"record {number} after {last}");
                last = number;
            }

            records += count;
            if (count > 0)
                used += Clock.ThreadNanoseconds() - start;
            else
                reader.Wait(TimeSpan.FromMilliseconds(100));
        }

        return records;
    }

    /// <param name="Writer">Nanoseconds of processor time that a record takes the writer.</param>
    /// <param name="Reader">Nanoseconds of processor time that a record takes the reader.</param>
    /// <param name="Wall">Nanoseconds by the wall clock.</param>
    private readonly record struct Figures(double Writer, double Reader, double Wall)
    {
        public double Slower => Math.Max(Writer, Reader);
    }
}
