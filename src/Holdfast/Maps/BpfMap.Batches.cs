using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Many entries with one command.</content>
public sealed partial class BpfMap
{
    /// <summary>Reads the next entries (BPF_MAP_LOOKUP_BATCH).</summary>
    /// <param name="cursor">Where to go on; a new one for the first batch.</param>
    /// <param name="keys">Receives keys, one after the other.</param>
    /// <param name="values">Receives values, <see cref="ValueBufferSize"/> bytes each.</param>
    /// <returns>How many entries were read: as many as both buffers hold, fewer in the last batch, 0 after it.</returns>
    /// <exception cref="BpfException">
    /// ENOTSUPP: this kind of map has no batches; ENOSPC: a bucket of a hash holds more entries than the buffers, nothing was read.
    /// </exception>
    public int LookupBatch(MapBatchCursor cursor, Span<byte> keys, Span<byte> values) =>
        ReadBatch(cursor, keys, values, andDelete: false, "batch lookup");

    /// <summary>Takes the next entries out of the map (BPF_MAP_LOOKUP_AND_DELETE_BATCH).</summary>
    /// <param name="cursor">Where to go on; a new one for the first batch.</param>
    /// <param name="keys">Receives keys, one after the other.</param>
    /// <param name="values">Receives values, <see cref="ValueBufferSize"/> bytes each.</param>
    /// <returns>How many entries were taken, 0 after the last batch.</returns>
    /// <exception cref="BpfException">As for <see cref="LookupBatch"/>.</exception>
    public int LookupAndDeleteBatch(MapBatchCursor cursor, Span<byte> keys, Span<byte> values) =>
        ReadBatch(cursor, keys, values, andDelete: true, "batch lookup and delete");

    /// <summary>Creates or replaces entries, in their order (BPF_MAP_UPDATE_BATCH).</summary>
    /// <param name="keys">Keys, one after the other.</param>
    /// <param name="values">As many values, <see cref="ValueBufferSize"/> bytes each.</param>
    /// <param name="flags">Only create, only replace, or either.</param>
    /// <exception cref="BpfException">An entry failed: the message says how many before it are written.</exception>
    public void UpdateBatch(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, UpdateFlags flags = UpdateFlags.Any)
    {
        uint count = (uint)CountIn(keys.Length, KeySize);
        if (CountIn(values.Length, ValueBufferSize) != count)
            throw new ArgumentException($"There are {count} keys and {values.Length / ValueBufferSize} values.", nameof(values));
        uint done = count;
        int result = Engine.MapUpdateBatch(Descriptor, keys, values, ref done, flags);
        if (result < 0)
            Failure.Throw(Engine, result, $"batch update of map '{Name}', after {done} of {count} entries");
    }

    /// <summary>Deletes entries, in their order (BPF_MAP_DELETE_BATCH).</summary>
    /// <param name="keys">Keys, one after the other.</param>
    /// <returns>How many were deleted. The command stops at the first key that the map doesn't hold: fewer than given.</returns>
    /// <exception cref="BpfException">Any failure but a missing key.</exception>
    public int DeleteBatch(ReadOnlySpan<byte> keys)
    {
        uint count = (uint)CountIn(keys.Length, KeySize);
        uint done = count;
        int result = Engine.MapDeleteBatch(Descriptor, keys, ref done);
        if (result < 0 && result != -(int)Errno.ENOENT)
            Failure.Throw(Engine, result, $"batch delete in map '{Name}', after {done} of {count} entries");
        return (int)done;
    }

    /// <summary>One batch without exceptions.</summary>
    /// <returns>Zero, also for the last batch; or the negated error.</returns>
    internal int TryReadBatch(MapBatchCursor cursor, Span<byte> keys, Span<byte> values, bool andDelete, out int read)
    {
        read = 0;
        if (KeySize == 0)
            return -(int)Errno.ENOTSUPP;
        uint count = (uint)Math.Min(keys.Length / KeySize, values.Length / ValueBufferSize);
        int positionSize = Math.Max(KeySize, sizeof(uint));
        int result = Engine.MapLookupBatch(Descriptor, andDelete, cursor.Here, cursor.Next(positionSize), keys, values, ref count);
        bool last = result == -(int)Errno.ENOENT;
        if (result == 0 || last)
            read = (int)count;
        if (last)
            cursor.AtEnd = true;
        else if (result == 0)
            cursor.Advance();
        return last ? 0 : result;
    }

    private int ReadBatch(MapBatchCursor cursor, Span<byte> keys, Span<byte> values, bool andDelete, string what)
    {
        ArgumentNullException.ThrowIfNull(cursor);
        if (keys.Length < KeySize || values.Length < ValueBufferSize)
            ThrowSizes(keys.Length, values.Length);
        if (cursor.AtEnd)
            return 0;
        int result = TryReadBatch(cursor, keys, values, andDelete, out int read);
        if (result < 0)
            Failure.Throw(Engine, result, $"{what} in map '{Name}'");
        return read;
    }

    private int CountIn(int length, int size) => size > 0 && length % size == 0
        ? length / size
        : throw new ArgumentException($"{length} bytes are no whole number of {size}-byte keys or values of map '{Name}'.");
}
