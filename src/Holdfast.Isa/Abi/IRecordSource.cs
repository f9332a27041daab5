namespace Holdfast.Isa.Abi;

/// <summary>
/// The reading end of a buffer that programs write records to: a ring buffer, or the perf buffers of all CPUs. One thread reads at a
/// time; <see cref="Wake"/> may be called from any.
/// </summary>
public interface IRecordSource : IDisposable
{
    /// <summary>Takes the next record. The memory of the one before is given back to the programs.</summary>
    /// <param name="record">The record; its bytes stay as they are until the next call.</param>
    /// <returns>Whether there is one.</returns>
    bool TryRead(out SourceRecord record);

    /// <summary>
    /// A descriptor that poll(2), epoll(7) and select(2) report as readable when there may be a record: to be waited on after
    /// <see cref="TryRead"/> found none. It stays this object's. -1 if there is none to be had (EMFILE).
    /// </summary>
    int WaitDescriptor { get; }

    /// <summary>Sleeps until there may be a record.</summary>
    /// <param name="milliseconds">For how long at most; below zero without end.</param>
    /// <returns>False if the time ran out, or <see cref="Wake"/> was called.</returns>
    bool Wait(int milliseconds);

    /// <summary>Ends the present or the next <see cref="Wait"/>.</summary>
    void Wake();
}
