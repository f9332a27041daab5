using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>
/// BPF_F_LOCK. Order: the value's lock, then the array's own. An update is in the redo record before the first byte of the value changes, so whoever takes
/// over a dead updater's lock of the value completes it before he looks.
/// </content>
public sealed unsafe partial class ArrayMap
{
    /// <inheritdoc/>
    public override int LookupLocked(ReadOnlySpan<byte> key, Span<byte> value)
    {
        if (!HasValueLock)
            return -(int)Errno.EINVAL;
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= _entries)
            return -(int)Errno.ENOENT;
        value = value[.._valueSize];
        if (!_chunks.IsReady(_placement.OffsetOf(index), _stride))
        {
            // Nobody has its address, so nobody its lock.
            Read(index, value);
            return 0;
        }

        Errno failure = BeginWrite();
        if (failure == Errno.None)
            failure = EnterValueOf(index);
        if (failure != Errno.None)
            return -(int)failure;
        Read(index, value);
        ExitValue(LockOf(index));
        return 0;
    }

    /// <inheritdoc/>
    public override int LookupBatchLocked(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        LookupBatch(this, inBatch, outBatch, keys, values, ref count, andDelete, withLock: true);

    /// <inheritdoc/>
    private protected override void SettleValue(uint* word) => Settle();

    private Errno WriteLocked(uint index, ReadOnlySpan<byte> value)
    {
        Errno failure = BeginWrite();
        if (failure == Errno.None)
            failure = _chunks.Ensure(_placement.OffsetOf(index), _stride);
        if (failure == Errno.None)
            failure = EnterValueOf(index);
        if (failure != Errno.None)
            return failure;
        WriteLarge(index, value);
        ExitValue(LockOf(index));
        return Errno.None;
    }

    private Errno EnterValueOf(uint index)
    {
        // The check of the value leaves the lock out; the mark is for what programs do to the value under the lock.
        uint* word = LockOf(index);
        LockPatience patience = default;
        SharedLock.Entry entry;
        while (!SharedLock.TryEnter(word, Leases, out entry))
        {
            if (!patience.Wait(word))
                return Errno.EBUSY;
        }

        if (entry == SharedLock.Entry.TakenOver)
            Settle();
        return Errno.None;
    }

    /// <summary>A dead updater of a value died with the array's lock too: whoever gets that one first completes the update.</summary>
    private void Settle()
    {
        if (SharedLock.Enter(LockPlace, Leases) == SharedLock.Entry.TakenOver)
            Redo();
        SharedLock.Exit(LockPlace);
    }

    /// <summary>After a restart of the machine nobody holds a lock.</summary>
    private void UnlockValues()
    {
        if (!HasValueLock)
            return;
        for (long index = NextPresent(0); index < _entries; index = NextPresent(index + 1))
        {
            if (_chunks.IsReady(_placement.OffsetOf((uint)index), _stride))
                Volatile.Write(ref *LockOf((uint)index), 0);
        }
    }

    // Safe: callers bound the index, and the offset was checked against the value size when the shape was read. Aligned: values are at multiples of 8.
    private uint* LockOf(uint index) => (uint*)(ValueOf(index) + _fields!.LockOffset);
}
