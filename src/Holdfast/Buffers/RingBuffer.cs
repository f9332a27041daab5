using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// The reading end of a ring buffer map (BPF_MAP_TYPE_RINGBUF): records arrive in the order in which programs reserved them, from all
/// CPUs. A ring has one reader at a time, which is not synchronized: use it from one thread.
/// </summary>
public sealed class RingBuffer : IDisposable
{
    private readonly RecordWaiter _waiter;

    private RingBuffer(IRecordSource source) => _waiter = new RecordWaiter(source);

    private IRecordSource Source => _waiter.Source;

    /// <summary>Opens the reading end.</summary>
    /// <param name="map">The map; it may be disposed afterwards.</param>
    /// <returns>The reading end. What the last reader left is still there.</returns>
    /// <exception cref="BpfException">EINVAL: it is no ring buffer; EPERM: it was opened for reading only; EBUSY (userspace engine): it has a reader; ENOTSUPP: the engine has none.</exception>
    public static RingBuffer Open(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        IRecordSource? source = null;
        int result = map.Engine is IRecordSourceEngine engine ? engine.OpenRing(map.Handle.Descriptor, out source) : -(int)Errno.ENOTSUPP;
        Failure.Check(map.Engine, result, $"open ring buffer '{map.Name}'");
        return new RingBuffer(source!);
    }

    /// <summary>Takes the next record; the memory of the one before goes back to the programs.</summary>
    /// <param name="record">Its bytes, in the buffer itself, until the next call.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryRead(out ReadOnlySpan<byte> record)
    {
        bool any = Source.TryRead(out SourceRecord found);
        record = found.Data;
        return any;
    }

    /// <summary>Hands records over as long as there are some.</summary>
    /// <param name="handler">Is given each.</param>
    /// <param name="most">At most this many.</param>
    /// <returns>How many.</returns>
    public int Consume(RecordHandler handler, int most = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(handler);
        int count = 0;
        for (; count < most && TryRead(out ReadOnlySpan<byte> record); count++)
            handler(record);
        return count;
    }

    /// <summary>Blocks until there may be a record.</summary>
    /// <param name="timeout">For how long at most; <see cref="Timeout.InfiniteTimeSpan"/> without end.</param>
    /// <returns>Whether it is worth reading.</returns>
    public bool Wait(TimeSpan timeout) => Source.Wait(RecordWaiter.Milliseconds(timeout));

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
    /// <returns>Records, each in memory of its own.</returns>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryCopy() is { } record)
                yield return record;
            else
                await _waiter.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the reading end.</summary>
    public void Dispose() => _waiter.Dispose();

    private byte[]? TryCopy() => TryRead(out ReadOnlySpan<byte> record) ? record.ToArray() : null;
}
