using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Clocks and random numbers (kernel/bpf/helpers.c).</summary>
internal static unsafe partial class TimeHelpers
{
    private const int MonotonicCoarse = 6;
    private const int BootTime = 7;
    private const int Tai = 11;

    /// <summary>Ticks a second of <c>bpf_jiffies64</c>: what most distributions' kernels have.</summary>
    private const ulong JiffiesPerSecond = 250;

    private const ulong NanosecondsPerSecond = 1_000_000_000;
    private const ulong NanosecondsPerTick = 100;

    /// <summary><c>bpf_ktime_get_ns()</c></summary>
    public static ulong Monotonic(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Stopwatch.Frequency == (long)NanosecondsPerSecond
            ? (ulong)Stopwatch.GetTimestamp()
            : (ulong)Stopwatch.GetElapsedTime(0).Ticks * NanosecondsPerTick;

    /// <summary><c>bpf_ktime_get_boot_ns()</c></summary>
    public static ulong Boot(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Clock(BootTime);

    /// <summary><c>bpf_ktime_get_coarse_ns()</c></summary>
    public static ulong Coarse(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Clock(MonotonicCoarse);

    /// <summary><c>bpf_ktime_get_tai_ns()</c></summary>
    public static ulong AtomicTime(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => Clock(Tai);

    /// <summary><c>bpf_jiffies64()</c></summary>
    public static ulong Jiffies(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        Clock(MonotonicCoarse) / (NanosecondsPerSecond / JiffiesPerSecond);

    /// <summary><c>bpf_get_prandom_u32()</c></summary>
    public static ulong Random(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        (uint)System.Random.Shared.NextInt64();

    private static ulong Clock(int clock)
    {
        // Safe: the structure is on this stack; a vDSO call of some ten nanoseconds, so no transition is needed.
        TimeSpecification time;
        return ClockGetTime(clock, &time) == 0 ? ((ulong)time.Seconds * NanosecondsPerSecond) + (ulong)time.Nanoseconds : 0;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int ClockGetTime(int clock, TimeSpecification* time);

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.KtimeGetNs, &Monotonic)
        .With(HelperId.KtimeGetBootNs, &Boot)
        .With(HelperId.KtimeGetCoarseNs, &Coarse)
        .With(HelperId.KtimeGetTaiNs, &AtomicTime)
        .With(HelperId.Jiffies64, &Jiffies)
        .With(HelperId.GetPrandomU32, &Random);

    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
