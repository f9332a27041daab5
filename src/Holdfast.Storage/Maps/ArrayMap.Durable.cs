using System.Buffers.Binary;
using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;

namespace Holdfast.Storage.Maps;

/// <content>
/// What a durable array writes besides, and its recovery. An element's memory is never another's: a word of it is always one of its own, as of
/// the last sync or later. What has to be told is whether all words of a value are of one update.
/// </content>
public sealed unsafe partial class ArrayMap
{
    private const ulong Salt = 0x6368616E676573; // so that a version is no 0

    // Safe: in the control block, which is mapped and was reserved at creation.
    private ref uint RedoCheck => ref *(uint*)(Data + ArrayLayout.RedoCheckOffset);

    private ref uint Addressed => ref *(uint*)(Data + ArrayLayout.AddressedOffset);

    /// <summary>The version: it is counted under the lock, the last time in an update when the value is in its place.</summary>
    private protected override ulong Changes => ChangesOfElements;

    /// <summary>As <see cref="Changes"/>, for a map that keeps its values in this array.</summary>
    internal ulong ChangesOfElements => !HasHeaders || Volatile.Read(ref Addressed) != 0 ? 0 : Volatile.Read(ref Version) ^ Salt;

    // Safe: callers bound the index by the entries that the mapping was made for.
    private byte* ValueOf(uint index) => _elements + _placement.OffsetOf(index) + _valueOffset;

    private ArrayElement* HeaderOf(uint index) => (ArrayElement*)(_elements + _placement.OffsetOf(index));

    /// <inheritdoc/>
    private protected override Errno RestoreChunks() => RestoreElements(IsRepairOfThisBoot);

    /// <summary>As <see cref="RestoreChunks"/>, for a map that keeps its values in this array.</summary>
    internal Errno RestoreElements(bool marksContents)
    {
        Errno failure = _chunks.RestoreAfterBoot(marksContents);
        for (long index = NextPresent(0); failure == Errno.None && index < _entries; index = NextPresent(index + 1))
            ClearPartOf((uint)index);
        return failure;
    }

    /// <summary>
    /// Clears an element of which some chunks are there and others not: nothing had been written to it at the last sync, and once the others are
    /// there too, what is left in these would be seen.
    /// </summary>
    private void ClearPartOf(uint index)
    {
        long start = _placement.OffsetOf(index), end = start + _stride;
        while (start < end && !_chunks.IsReady(_placement.OffsetOf(index), _stride))
        {
            long next = Math.Min(end, ((start >> _chunks.Shift) + 1) << _chunks.Shift);
            if (_chunks.IsReady(start, next - start))
                new Span<byte>(_elements + start, (int)(next - start)).Clear();
            start = next;
        }
    }

    /// <inheritdoc/>
    private protected override void RepairAfterBoot() => Repair();

    /// <summary>As <see cref="RepairAfterBoot"/>, for a map that keeps its values in this array.</summary>
    internal void Repair()
    {
        CompleteRedo();
        UnlockValues();
        if (!HasHeaders)
            return;
        Distrust();
        ClearDistrusted();
    }

    /// <inheritdoc/>
    private protected override Errno Recover(MapSnapshot snapshot) => Recover(snapshot.ReadAll);

    /// <summary>Takes what is not certainly whole from a snapshot.</summary>
    /// <param name="readAll">Gives all that the snapshot has, as elements of this array.</param>
    internal Errno Recover(Func<EntryVisitor, Errno> readAll)
    {
        CompleteRedo();
        UnlockValues();
        if (!HasHeaders)
            return Errno.None;
        Distrust();
        Errno failure = readAll(RefillDistrusted);
        if (failure == Errno.None)
            ClearDistrusted();
        return failure;
    }

    /// <summary>Completes what a writer had declared before the machine went down. In a durable array only if the record's pages are of one moment.</summary>
    private void CompleteRedo()
    {
        Volatile.Write(ref *LockPlace, 0);
        if (_isDurable && RedoIndex - 1 < _entries && RedoCheck != CheckOfRedo((uint)(RedoIndex - 1)))
            RedoIndex = 0;
        Redo();
    }

    /// <summary>
    /// Marks as being written every element that is not certainly whole: an update was under way, or the check says that pages are of different
    /// moments. A value that a program may store into has no check. On one page it is whole; on several its words are its own, but may be
    /// of two updates.
    /// </summary>
    private void Distrust()
    {
        // What was kept of later than the snapshot is a change, and the page of the version may be older than it.
        Version = (ulong)Random.Shared.NextInt64();
        for (long index = NextPresent(0); index < _entries; index = NextPresent(index + 1))
        {
            if (!_chunks.IsReady(_placement.OffsetOf((uint)index), _stride))
                continue;
            ArrayElement* header = HeaderOf((uint)index);
            Addressed |= header->Loose; // the next program that is given this address says so no more
            bool isBlank = header->Version == 0 && header->Check == 0 && !new ReadOnlySpan<byte>(ValueOf((uint)index), _valueSize).ContainsAnyExcept((byte)0);
            bool isWhole = (header->Version & 1) == 0 && (header->Loose != 0 || isBlank || header->Check == CheckOf((uint)index, header->Version));
            if (!isWhole)
                header->Version |= 1;
        }
    }

    private Errno RefillDistrusted(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index < _entries && _chunks.IsReady(_placement.OffsetOf(index), _stride) && (HeaderOf(index)->Version & 1) != 0)
        {
            fixed (byte* source = value)
                Place(index, source);
        }

        return Errno.None;
    }

    /// <summary>What no snapshot has is as it was before it was written.</summary>
    private void ClearDistrusted()
    {
        for (long index = NextPresent(0); index < _entries; index = NextPresent(index + 1))
        {
            if (_chunks.IsReady(_placement.OffsetOf((uint)index), _stride) && (HeaderOf((uint)index)->Version & 1) != 0)
                Place((uint)index, null);
        }
    }

    private void CopyFromRedo(uint index)
    {
        if (HasHeaders)
            Place(index, _redo);
        else
            CopyValue(_redo, ValueOf(index));
    }

    /// <summary>
    /// Writes a value in its place. Its page tells at each moment whether it is being written. A death of the process in between: the redo record
    /// still names the element. One of the machine: recovery takes the value before.
    /// </summary>
    private void Place(uint index, byte* source)
    {
        ArrayElement* header = HeaderOf(index);
        byte* value = ValueOf(index);
        Interlocked.Or(ref header->Version, 1);
        if (source == null)
            new Span<byte>(value, _valueSize).Clear();
        else
            CopyValue(source, value);
        uint version = header->Version + 1;
        header->Check = CheckOf(index, version);
        Interlocked.Exchange(ref header->Version, version);
    }

    private void MarkLoose(uint index)
    {
        // Before the address is given out: on every page with a store of the program's in one-page memory the mark is too.
        if (Volatile.Read(ref HeaderOf(index)->Loose) != 0)
            return;
        Volatile.Write(ref Addressed, 1);
        Interlocked.Exchange(ref HeaderOf(index)->Loose, 1);
    }

    private uint CheckOf(uint index, uint version) =>
        ~CheckOf(BitOperations.Crc32C(~0u, ((ulong)version << 32) | index), ValueOf(index));

    private uint CheckOf(uint sum, byte* value) => _fields == null ? ValueCheck.Of(sum, value, _valueSize) : _fields.Check(sum, value);

    private void CopyValue(byte* source, byte* target)
    {
        if (_fields == null)
            Buffer.MemoryCopy(source, target, _valueSize, _valueSize);
        else
            _fields.Copy(source, target);
    }

    private uint CheckOfRedo(uint index) => ~ValueCheck.Of(BitOperations.Crc32C(~0u, index), _redo, _valueSize);
}
