using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// The reading end of a perf event array (BPF_MAP_TYPE_PERF_EVENT_ARRAY): a buffer for each CPU, in order within a CPU. Use it from
/// one thread.
/// </summary>
public sealed class PerfBuffer : IDisposable
{
    private readonly RecordWaiter _waiter;

    private PerfBuffer(IRecordSource source) => _waiter = new RecordWaiter(source);

    /// <summary>Makes the buffers and puts them into the map.</summary>
    /// <param name="map">The map; keep it open for as long as records shall arrive.</param>
    /// <param name="pages">Size of each CPU's buffer in memory pages, a power of two.</param>
    /// <returns>The reading end.</returns>
    /// <exception cref="BpfException">
    /// EINVAL: it is no perf event array, or <paramref name="pages"/> is no power of two; EPERM: more buffers than this user may have;
    /// ENOTSUPP: the engine has none.
    /// </exception>
    public static PerfBuffer Open(BpfMap map, int pages = 8)
    {
        ArgumentNullException.ThrowIfNull(map);
        IRecordSource? source = null;
        int result = map.Type != MapType.PerfEventArray ? -(int)Errno.EINVAL
            : map.Engine is IRecordSourceEngine engine ? engine.OpenPerf(map.Handle.Descriptor, (int)map.MaxEntries, pages, out source)
            : -(int)Errno.ENOTSUPP;
        Failure.Check(map.Engine, result, $"open perf buffers of '{map.Name}'");
        return new PerfBuffer(source!);
    }

    /// <summary>Takes the next record of any CPU.</summary>
    /// <param name="record">The record.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryRead(out PerfRecord record)
    {
        bool any = _waiter.Source.TryRead(out SourceRecord found);
        record = any ? new PerfRecord(found.Cpu, found.Data.ToArray(), found.Lost) : default;
        return any;
    }

    /// <summary>Blocks until there may be a record.</summary>
    /// <param name="timeout">For how long at most; <see cref="Timeout.InfiniteTimeSpan"/> without end.</param>
    /// <returns>Whether it is worth reading.</returns>
    public bool Wait(TimeSpan timeout) => _waiter.Source.Wait(RecordWaiter.Milliseconds(timeout));

    /// <summary>
    /// A descriptor for poll(2), select(2) and epoll(7), readable when there may be a record. Wait on it after <see cref="TryRead"/> found
    /// none; it stays this object's: don't read or close it.
    /// </summary>
    /// <exception cref="BpfException">EMFILE: the userspace engine watches a map with an inotify(7) instance, and this user has no more.</exception>
    public int WaitDescriptor
    {
        get
        {
            int descriptor = _waiter.Source.WaitDescriptor;
            return descriptor >= 0 ? descriptor : throw new BpfException(Errno.EMFILE, "wait descriptor: this user has no inotify instances left (sysctl fs.inotify.max_user_instances) [EMFILE]");
        }
    }

    /// <summary>All records, as they come, without end.</summary>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>; no record is lost by it.</param>
    /// <returns>Records.</returns>
    public async IAsyncEnumerable<PerfRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryRead(out PerfRecord record))
                yield return record;
            else
                await _waiter.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes the buffers away.</summary>
    public void Dispose() => _waiter.Dispose();
}
