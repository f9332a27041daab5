using System.Diagnostics;
using System.Globalization;
using Holdfast.Objects;

namespace Holdfast.Bench;

/// <summary>What the processes that <see cref="LoadBenchmark"/> starts do; each prints milliseconds, wall clock and processor time in turns.</summary>
internal static class LoadChild
{
    /// <summary>Argument: loads many times, prints the median.</summary>
    public const string Warm = "--load-warm";

    /// <summary>Argument: loads once and runs twice, prints all three.</summary>
    public const string First = "--load-first";

    private const int PacketBytes = 128;
    private const int WarmingLoads = 10;

    /// <summary>Does what the arguments say, if they are a child's.</summary>
    public static bool TryRun(string[] arguments)
    {
        if (arguments is not [Warm or First, var file, var loads])
            return false;
        using TemporaryStore store = new();
        using Bpf bpf = Bpf.Open(new BpfOptions { Store = store.Path });
        if (arguments[0] == Warm)
            LoadOften(bpf, file, int.Parse(loads, CultureInfo.InvariantCulture));
        else
            LoadAndRun(bpf, file);
        return true;
    }

    private static void LoadOften(Bpf bpf, string file, int loads)
    {
        (double Wall, double Processor)[] times = [.. Enumerable.Range(0, loads).Select(_ => Time(() => bpf.Load(BpfObjectSpec.Load(file)).Dispose())).Skip(WarmingLoads)];
        Print((Clock.Median([.. times.Select(time => time.Wall)]), Clock.Median([.. times.Select(time => time.Processor)])));
    }

    private static void LoadAndRun(Bpf bpf, string file)
    {
        byte[] packet = new byte[PacketBytes];
        BpfObject? loaded = null;
        (double Wall, double Processor) load = Time(() => loaded = bpf.Load(BpfObjectSpec.Load(file)));
        using BpfObject disposed = loaded!;
        BpfProgram program = loaded!.Programs.Values.First();
        Print(load, Time(() => program.TestRun(packet)), Time(() => program.TestRun(packet)));
    }

    private static (double Wall, double Processor) Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        long used = Clock.ThreadNanoseconds();
        action();
        return (Stopwatch.GetElapsedTime(start).TotalMilliseconds, (Clock.ThreadNanoseconds() - used) / 1e6);
    }

    private static void Print(params (double Wall, double Processor)[] times) => Console.WriteLine(
        string.Join(' ', times.Select(time => string.Create(CultureInfo.InvariantCulture, $"{time.Wall} {time.Processor}"))));
}
