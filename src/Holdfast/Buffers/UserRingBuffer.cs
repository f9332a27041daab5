using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// The writing end of a user ring buffer map (BPF_MAP_TYPE_USER_RINGBUF): programs take its records with <c>bpf_user_ringbuf_drain</c>
/// when they run. A ring has one writer at a time, which is not synchronized: use it from one thread.
/// </summary>
public sealed class UserRingBuffer : IDisposable
{
    private readonly IRecordSink _sink;
    private readonly string _name;

    private UserRingBuffer(IRecordSink sink, string name)
    {
        _sink = sink;
        _name = name;
    }

    /// <summary>Opens the writing end.</summary>
    /// <param name="map">The map; it may be disposed afterwards.</param>
    /// <returns>The writing end.</returns>
    /// <exception cref="BpfException">
    /// EINVAL: it is no user ring buffer; EPERM: it was opened for reading only; EBUSY (userspace engine): it has a writer; ENOTSUPP: the
    /// engine has none.
    /// </exception>
    public static UserRingBuffer Open(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        IRecordSink? sink = null;
        int result = map.Engine is IRecordSourceEngine engine ? engine.OpenUserRing(map.Handle.Descriptor, out sink) : -(int)Errno.ENOTSUPP;
        Failure.Check(map.Engine, result, $"open user ring buffer '{map.Name}'");
        return new UserRingBuffer(sink!, map.Name);
    }

    /// <summary>Takes room for a record in the ring itself. One at a time: <see cref="Submit"/> or <see cref="Discard"/> it before the next.</summary>
    /// <param name="size">Bytes; programs take no more than 2^24 - 1.</param>
    /// <param name="record">The record's bytes, to be filled.</param>
    /// <returns>False: there is no room now.</returns>
    /// <exception cref="BpfException">E2BIG: with its header of 8 bytes it is larger than the ring; EINVAL: another is reserved.</exception>
    public bool TryReserve(int size, out Span<byte> record)
    {
        int result = _sink.TryReserve(size, out record);
        if (result == -(int)Errno.ENOSPC)
            return false;
        return result == 0 ? true : throw new BpfException((Errno)(-result), result == -(int)Errno.E2BIG
            ? $"a record of {size} bytes is larger than user ring buffer '{_name}' [E2BIG]"
            : $"user ring buffer '{_name}' has a reserved record already, or can't hold one of {size} bytes: submit or discard the other first [{(Errno)(-result)}]");
    }

    /// <summary>Hands the reserved record to the programs.</summary>
    public void Submit() => _sink.Submit();

    /// <summary>Gives the reserved record up.</summary>
    public void Discard() => _sink.Discard();

    /// <summary>Writes a record.</summary>
    /// <param name="record">Its bytes.</param>
    /// <returns>False: there is no room now.</returns>
    /// <exception cref="BpfException">As <see cref="TryReserve"/>.</exception>
    public bool TryWrite(ReadOnlySpan<byte> record)
    {
        if (!TryReserve(record.Length, out Span<byte> room))
            return false;
        record.CopyTo(room);
        Submit();
        return true;
    }

    /// <summary>Blocks until a program may have made room for the record that found none.</summary>
    /// <param name="timeout">For how long at most; <see cref="Timeout.InfiniteTimeSpan"/> without end.</param>
    /// <returns>Whether it is worth trying again.</returns>
    public bool Wait(TimeSpan timeout) => _sink.Wait(RecordWaiter.Milliseconds(timeout));

    /// <summary>Closes the writing end; a record still reserved is discarded.</summary>
    public void Dispose() => _sink.Dispose();
}
