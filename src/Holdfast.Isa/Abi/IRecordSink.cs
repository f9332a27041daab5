namespace Holdfast.Isa.Abi;

/// <summary>The writing end of a ring that programs read. One thread uses it; <see cref="Wake"/> may be called from any.</summary>
public interface IRecordSink : IDisposable
{
    /// <summary>Takes room for a record. One at a time: it is submitted or discarded before the next.</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="record">The record's bytes, in the ring itself and with anything in them.</param>
    /// <returns>Zero; the negated ENOSPC: no room now, E2BIG: never, EINVAL: a size below zero, or a record is reserved already.</returns>
    int TryReserve(int size, out Span<byte> record);

    /// <summary>Hands the reserved record to the programs.</summary>
    void Submit();

    /// <summary>Gives the reserved record up.</summary>
    void Discard();

    /// <summary>Sleeps until there may be room for what <see cref="TryReserve"/> found none for.</summary>
    /// <param name="milliseconds">For how long at most; below zero without end.</param>
    /// <returns>False if the time ran out, or <see cref="Wake"/> was called.</returns>
    bool Wait(int milliseconds);

    /// <summary>Ends the present or the next <see cref="Wait"/>.</summary>
    void Wake();
}
