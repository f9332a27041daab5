using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Bench;

/// <summary>
/// Median times of things measured side by side: batches of each take turns, so that whatever slows the machine meets all of them.
/// Times are processor time of the measuring thread.
/// </summary>
internal static partial class Clock
{
    private const double BatchNanoseconds = 3_000_000;

    /// <summary>Measures.</summary>
    /// <param name="batches">Batches of each.</param>
    /// <param name="bodies">What to measure: does its thing as often as it is told.</param>
    /// <returns>For each the median nanoseconds of doing it once.</returns>
    public static double[] Medians(int batches, params Action<int>[] bodies) => Medians(batches, 0, bodies);

    /// <summary>As above, for bodies that walk through memory.</summary>
    /// <param name="batches">Batches of each.</param>
    /// <param name="walk">
    /// Times that make up a whole walk: each batch takes one walk before the clock starts, and at least one after, so that what is
    /// measured is not how long it takes to get back into the caches what the other bodies threw out.
    /// </param>
    /// <param name="bodies">What to measure.</param>
    /// <returns>Medians.</returns>
    public static double[] Medians(int batches, int walk, params Action<int>[] bodies)
    {
        int[] times = [.. bodies.Select(body => Math.Max(walk, Calibrate(body)))];
        double[][] samples = [.. bodies.Select(_ => new double[batches])];
        for (int batch = 0; batch < batches; batch++)
        {
            for (int i = 0; i < bodies.Length; i++)
            {
                bodies[i](walk);
                samples[i][batch] = Time(bodies[i], times[i]);
            }
        }

        return [.. samples.Select(Median)];
    }

    /// <summary>The middle one.</summary>
    public static double Median(double[] samples)
    {
        double[] sorted = [.. samples.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <summary>Warms up (the runtime's tiers included) and finds how often fills a batch.</summary>
    private static int Calibrate(Action<int> body)
    {
        Stopwatch warming = Stopwatch.StartNew();
        for (int i = 0; i < 200 || warming.ElapsedMilliseconds < 300; i++)
        {
            body(1);
            if (warming.ElapsedMilliseconds > 600)
            {
                break;
            }
        }

        int times = 1;
        while (Time(body, times) * times < BatchNanoseconds && times < 1 << 28)
        {
            times *= 2;
        }

        return times;
    }

    /// <summary>Nanoseconds of processor time that the calling thread has used: other processes' turns don't count.</summary>
    public static long ThreadNanoseconds()
    {
        const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID
        return clock_gettime(ThreadCpuTime, out TimeSpec now) == 0
            ? (now.Seconds * 1_000_000_000) + now.Nanoseconds
            : throw new InvalidOperationException("the thread's clock can't be read");
    }

    private static double Time(Action<int> body, int times)
    {
        long start = ThreadNanoseconds();
        body(times);
        return (ThreadNanoseconds() - start) / (double)times;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    private readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
