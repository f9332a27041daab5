using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>
/// Writes what follows a <see cref="SnapshotHeader"/>: the entries, key and value after each other without a gap, cut into blocks of
/// up to 256 KiB, each led by its length and a checksum; then a block of length 0 and the number of entries.
/// Streams: nothing is written twice.
/// </summary>
/// <param name="header">The header. Whether it is written first, or last as a seal, is the caller's choice.</param>
/// <param name="sink">Takes the bytes.</param>
public sealed class SnapshotWriter(SnapshotHeader header, SnapshotSink sink)
{
    /// <summary>Most bytes of a block, without what leads it.</summary>
    internal const int BlockLength = 256 * 1024;

    /// <summary>Bytes that lead a block: length and checksum.</summary>
    internal const int LeadLength = 8;

    private readonly byte[] _block = new byte[LeadLength + BlockLength];
    private uint _seed = SeedOf(header);
    private int _filled;

    /// <summary>Entries written.</summary>
    public ulong Count { get; private set; }

    /// <summary>The most bytes that a snapshot takes, header included.</summary>
    /// <param name="header">Its header.</param>
    /// <returns>The bytes.</returns>
    public static long MaximumLength(SnapshotHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        return checked((long)LongestOf(header));
    }

    /// <summary>As <see cref="MaximumLength"/>, of any sizes.</summary>
    internal static UInt128 LongestOf(SnapshotHeader header)
    {
        UInt128 entries = ((UInt128)header.KeySize + header.ValueSize) * header.MaxEntries;
        return SnapshotHeader.Length + entries + (((entries / BlockLength) + 2) * LeadLength) + sizeof(ulong);
    }

    /// <summary>Adds an entry; an <see cref="EntryVisitor"/>.</summary>
    /// <param name="key">The key, of the header's size.</param>
    /// <param name="value">The value, of the header's size.</param>
    /// <returns><see cref="Errno.None"/>, EINVAL for other sizes, or what the sink answers.</returns>
    public Errno Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if ((uint)key.Length != header.KeySize || (uint)value.Length != header.ValueSize)
            return Errno.EINVAL;
        Count++;
        Errno failure = Append(key);
        return failure == Errno.None ? Append(value) : failure;
    }

    /// <summary>Writes what is left and the end. A snapshot without it is not whole, and its reader says so.</summary>
    /// <returns><see cref="Errno.None"/>, or what the sink answers.</returns>
    public Errno Finish()
    {
        Errno failure = _filled > 0 ? Flush() : Errno.None;
        if (failure != Errno.None)
            return failure;
        BinaryPrimitives.WriteUInt64LittleEndian(_block.AsSpan(LeadLength), Count);
        WriteLead(0, sizeof(ulong));
        return sink(_block.AsSpan(0, LeadLength + sizeof(ulong)));
    }

    /// <summary>Where the checksums of a snapshot's blocks start from: its header, so that no block of another one passes.</summary>
    internal static uint SeedOf(SnapshotHeader header) => ObjectHeaderCodec.ChecksumOf(header.ToBytes());

    /// <summary>A block's checksum: of its bytes and of all blocks before it, so that none can be missing or elsewhere.</summary>
    internal static uint Next(uint seed, int length, ReadOnlySpan<byte> bytes) =>
        System.Numerics.BitOperations.Crc32C(seed ^ ObjectHeaderCodec.ChecksumOf(bytes), (uint)length);

    private Errno Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, BlockLength - _filled);
            bytes[..count].CopyTo(_block.AsSpan(LeadLength + _filled));
            bytes = bytes[count..];
            _filled += count;
            if (_filled == BlockLength && Flush() is var failure && failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    private Errno Flush()
    {
        WriteLead(_filled, _filled);
        Errno failure = sink(_block.AsSpan(0, LeadLength + _filled));
        _filled = 0;
        return failure;
    }

    private void WriteLead(int length, int bytes)
    {
        _seed = Next(_seed, length, _block.AsSpan(LeadLength, bytes));
        BinaryPrimitives.WriteInt32LittleEndian(_block, length);
        BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(4), _seed);
    }
}
