namespace Holdfast.Userspace.Programs;

/// <summary>Run count and time of a program in this process, kept while statistics are enabled (BPF_ENABLE_STATS).</summary>
internal sealed class RunStatistics
{
    private long _runs;
    private long _nanoseconds;

    /// <summary>Number of runs counted.</summary>
    public ulong Runs => (ulong)Volatile.Read(ref _runs);

    /// <summary>Their time in nanoseconds.</summary>
    public ulong Nanoseconds => (ulong)Volatile.Read(ref _nanoseconds);

    /// <summary>Adds runs.</summary>
    public void Add(long runs, long nanoseconds)
    {
        Interlocked.Add(ref _runs, runs);
        Interlocked.Add(ref _nanoseconds, nanoseconds);
    }
}
