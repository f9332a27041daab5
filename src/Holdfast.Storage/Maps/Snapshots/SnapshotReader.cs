using System.Buffers.Binary;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>
/// Reads what follows a <see cref="SnapshotHeader"/>. The bytes are anybody's: whatever they are, the result is entries of the header's
/// sizes, at most as many as the map may have, and an error if any byte is missing, changed or too many.
/// </summary>
/// <param name="header">The header, parsed.</param>
/// <param name="source">Gives the bytes behind it.</param>
public sealed class SnapshotReader(SnapshotHeader header, SnapshotSource source)
{
    private readonly byte[] _block = new byte[SnapshotWriter.BlockLength];
    private uint _seed = SnapshotWriter.SeedOf(header);
    private int _at;
    private int _end;
    private bool _isOver;
    private ulong _stated;

    /// <summary>Entries read.</summary>
    public ulong Count { get; private set; }

    /// <summary>Reads all entries. What is wrong may be found only behind entries that were given: who can't take back reads twice.</summary>
    /// <param name="visitor">Takes the entries; null only checks.</param>
    /// <returns>
    /// <see cref="Errno.None"/>; EINVAL: damaged, or not whole; E2BIG: entries larger than memory; else what source or visitor answered.
    /// </returns>
    public Errno ReadAll(EntryVisitor? visitor)
    {
        long size = (long)header.KeySize + header.ValueSize;
        if (size == 0 || size > Array.MaxLength)
            return size == 0 ? Errno.EINVAL : Errno.E2BIG;

        // Grown as bytes arrive: a header alone makes nobody allocate what it claims.
        byte[] entry = new byte[Math.Min(size, SnapshotWriter.BlockLength)];
        while (true)
        {
            Errno failure = Fill(ref entry, (int)size, out bool isEnd);
            if (failure != Errno.None)
                return failure;
            if (isEnd)
                return Count == _stated ? Errno.None : Errno.EINVAL;
            if (++Count > header.MaxEntries)
                return Errno.EINVAL;
            failure = visitor?.Invoke(entry.AsSpan(0, (int)header.KeySize), entry.AsSpan((int)header.KeySize, (int)header.ValueSize)) ?? Errno.None;
            if (failure != Errno.None)
                return failure;
        }
    }

    private Errno Fill(ref byte[] entry, int size, out bool isEnd)
    {
        isEnd = false;
        for (int filled = 0; filled < size;)
        {
            if (_at == _end)
            {
                Errno failure = ReadBlock();
                if (failure != Errno.None)
                    return failure;
                isEnd = _isOver;
                if (isEnd)
                    return filled == 0 ? Errno.None : Errno.EINVAL;
            }

            int count = Math.Min(size - filled, _end - _at);
            if (filled + count > entry.Length)
                Array.Resize(ref entry, (int)Math.Min(size, Math.Max(2L * entry.Length, filled + count)));
            _block.AsSpan(_at, count).CopyTo(entry.AsSpan(filled));
            _at += count;
            filled += count;
        }

        return Errno.None;
    }

    private Errno ReadBlock()
    {
        Span<byte> lead = stackalloc byte[SnapshotWriter.LeadLength];
        Errno failure = ReadExactly(lead);
        if (failure != Errno.None)
            return failure;
        int length = BinaryPrimitives.ReadInt32LittleEndian(lead);
        if (length is < 0 or > SnapshotWriter.BlockLength)
            return Errno.EINVAL;
        Span<byte> bytes = _block.AsSpan(0, length == 0 ? sizeof(ulong) : length);
        failure = ReadExactly(bytes);
        if (failure != Errno.None)
            return failure;
        _seed = SnapshotWriter.Next(_seed, length, bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(lead[4..]) != _seed)
            return Errno.EINVAL;
        _isOver = length == 0;
        _stated = _isOver ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
        _at = 0;
        _end = length;
        return Errno.None;
    }

    private Errno ReadExactly(Span<byte> bytes)
    {
        int count = source(bytes);
        return count < 0 ? (Errno)(-count) : count < bytes.Length ? Errno.EINVAL : Errno.None;
    }
}
