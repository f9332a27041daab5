using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>
/// How long the calling thread waits for something, and how much of that it merely waited for a processor, by what the kernel counts of the
/// thread (<c>/proc/thread-self/schedstat</c>: nanoseconds run, nanoseconds runnable and not running). On a busy machine the one says nothing without the other.
/// </summary>
internal readonly struct WaitClock
{
    private readonly long _start;
    private readonly long _queued;

    private WaitClock(long start, long queued)
    {
        _start = start;
        _queued = queued;
    }

    public static WaitClock Start()
    {
        long queued = Queued();
        return new(Stopwatch.GetTimestamp(), queued);
    }

    /// <summary>What has passed, by the clock on the wall and without the time in which a processor was missing.</summary>
    public Wait Read()
    {
        TimeSpan wall = Stopwatch.GetElapsedTime(_start);
        TimeSpan queued = TimeSpan.FromTicks(Math.Max(0, Queued() - _queued) / TimeSpan.NanosecondsPerTick);
        return new(wall, wall > queued ? wall - queued : TimeSpan.Zero);
    }

    private static long Queued() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[1], CultureInfo.InvariantCulture);
}
