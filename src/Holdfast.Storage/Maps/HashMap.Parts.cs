using System.Buffers;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <content>What a map that keeps several parts in each value asks for besides: a value for each execution slot.</content>
public sealed unsafe partial class HashMap
{
    private const int StackBytes = 1024;

    /// <summary>Creates an entry that is zero but for one part, or changes this part of one that is there.</summary>
    /// <param name="key">Key, of the map's key size.</param>
    /// <param name="offset">Where the part begins in the value, a multiple of 8; with it all of the part is inside, rounded up to 8.</param>
    /// <param name="part">The part.</param>
    /// <param name="length">Bytes of the part.</param>
    /// <param name="flags">Create, change, or both.</param>
    /// <returns>As <see cref="Update(byte*, byte*, UpdateFlags)"/>.</returns>
    internal int UpdatePart(byte* key, int offset, byte* part, int length, UpdateFlags flags)
    {
        if (flags > UpdateFlags.Exist)
            return -(int)Errno.EINVAL;
        if (flags != UpdateFlags.NoExist && TryChangePart(key, offset, part, length) is var answer && answer != Errno.ENOENT)
            return -(int)answer;
        if (flags == UpdateFlags.Exist)
            return -(int)Errno.ENOENT;
        byte[]? rented = _valueSize <= StackBytes ? null : ArrayPool<byte>.Shared.Rent(_valueSize);
        Span<byte> value = rented is null ? stackalloc byte[_valueSize] : rented.AsSpan(0, _valueSize);
        value.Clear();
        new ReadOnlySpan<byte>(part, length).CopyTo(value[offset..]);
        int result;
        fixed (byte* bytes = value)
        {
            do
                result = Update(key, bytes, UpdateFlags.NoExist);
            while (result == -(int)Errno.EEXIST && flags == UpdateFlags.Any && (result = -(int)TryChangePart(key, offset, part, length)) == -(int)Errno.ENOENT);
        }

        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return result;
    }

    /// <summary>As <see cref="RepairAfterBoot"/>.</summary>
    internal void RepairParts() => RepairAfterBoot();

    /// <summary>As <see cref="RestoreChunks"/>.</summary>
    internal Errno RestoreParts() => RestoreChunks();

    /// <summary>As <see cref="Recover"/>.</summary>
    internal Errno RecoverParts(MapSnapshot snapshot) => Recover(snapshot);

    /// <summary>As <see cref="BeginEpoch"/>.</summary>
    internal uint BeginEpochOfParts() => BeginEpoch();

    /// <summary>As <see cref="ReadEntriesOf"/>.</summary>
    internal Errno ReadPartsOf(uint epoch, EntryVisitor visitor) => ReadEntriesOf(epoch, visitor);

    /// <summary>Under the stripe's lock, so that the element can't become another key's meanwhile.</summary>
    private Errno TryChangePart(byte* key, int offset, byte* part, int length)
    {
        if (BeginWrite() is var failure && failure != Errno.None)
            return failure;
        uint hash = HashOf(key);
        HashStripe* stripe = EnterStripe(hash);
        HashElement* element = FindLocked(key, hash, out _);
        if (element != null)
        {
            if (_isDurable)
                MarkLoose(element);
            if (_isLru)
                MarkReferenced(element);
            WriteWords((byte*)element + _valueOffset + offset, part, length);
        }

        SharedLock.Leave(LockOf(stripe));
        return element == null ? Errno.ENOENT : Errno.None;
    }

    /// <summary>A death between two of the stores leaves a part half new: in place, since other parts of the value change without this lock.</summary>
    private static void WriteWords(byte* target, byte* source, int length)
    {
        for (; length >= sizeof(ulong); target += sizeof(ulong), source += sizeof(ulong), length -= sizeof(ulong))
            Volatile.Write(ref *(ulong*)target, Unsafe.ReadUnaligned<ulong>(source));
        if (length == 0)
            return;
        ulong last = 0;
        Buffer.MemoryCopy(source, &last, sizeof(ulong), length);
        Volatile.Write(ref *(ulong*)target, last);
    }
}
