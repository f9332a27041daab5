using System.Buffers.Binary;
using CsCheck;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Snapshots;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Snapshots of maps: what is written is read, and no bytes whatever are taken for what they aren't.</summary>
public class SnapshotTests
{
    [Theory]
    [InlineData(MapType.Hash, 4, 1)]
    [InlineData(MapType.Hash, 4, 104)]
    [InlineData(MapType.Hash, 4, 200_000)]
    [InlineData(MapType.Array, 4, 8)]
    [InlineData(MapType.Array, 4, 300_000)]
    public void What_is_written_is_read(MapType type, uint keySize, uint valueSize)
    {
        using TestMap map = TestMap.Create(type, keySize, valueSize, 50);
        Dictionary<uint, byte[]> expected = [];
        for (uint key = 0; key < 37; key++)
        {
            byte[] value = new byte[valueSize];
            new Random((int)key).NextBytes(value);
            expected.Add(key, value);
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), value, UpdateFlags.Any));
        }

        byte[] bytes = Take(map.Shared, out ulong count);
        Assert.InRange(bytes.Length, 1, SnapshotWriter.MaximumLength(SnapshotHeader.Of(map.Shared.Attributes, valueSize)));
        Dictionary<uint, byte[]> read = [];
        Assert.Equal(Errno.None, Read(bytes, (key, value) =>
        {
            read.Add(BinaryPrimitives.ReadUInt32LittleEndian(key), value.ToArray());
            return Errno.None;
        }));
        Assert.Equal(count, (ulong)read.Count);

        // An array's elements share chunks: those beside written ones are given too, as zeros.
        foreach ((uint key, byte[] value) in read)
            Assert.Equal(expected.GetValueOrDefault(key) ?? new byte[valueSize], value);
        Assert.Subset(read.Keys.ToHashSet(), expected.Keys.ToHashSet());
        if (type == MapType.Hash)
            Assert.Equal(expected.Count, read.Count);
    }

    [Fact]
    public void Entries_without_keys_can_be_kept()
    {
        SnapshotHeader header = new() { Type = MapType.Queue, KeySize = 0, ValueSize = 3, MaxEntries = 4 };
        MemoryStream stream = new();
        SnapshotWriter writer = new(header, Into(stream));
        Assert.Equal(Errno.None, writer.Add([], [1, 2, 3]));
        Assert.Equal(Errno.EINVAL, writer.Add([1], [1, 2, 3]));
        Assert.Equal(Errno.None, writer.Finish());
        int seen = 0;
        Assert.Equal(Errno.None, new SnapshotReader(header, From(stream.ToArray())).ReadAll((key, value) =>
        {
            seen++;
            Assert.True(key.IsEmpty);
            Assert.Equal([1, 2, 3], value.ToArray());
            return Errno.None;
        }));
        Assert.Equal(1, seen);
    }

    [Fact]
    public void Every_changed_byte_and_every_missing_end_is_found()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 16, 50);
        for (uint key = 0; key < 20; key++)
            Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(key), SelfVerifying.Value(16, key, 1), UpdateFlags.Any));
        byte[] good = Take(map.Shared, out _);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= 0x10;
            Assert.NotEqual(Errno.None, Read(bad, null));
            Assert.NotEqual(Errno.None, Read(good[..at], null));
        }

        Assert.Equal(Errno.None, Read(good, null));
    }

    [Fact]
    public void Blocks_of_another_snapshot_do_not_pass()
    {
        using TestMap map = TestMap.Create(MapType.Hash, 4, 16, 50);
        Assert.Equal(0, map.Shared.Update(SelfVerifying.Key(1), SelfVerifying.Value(16, 1, 1), UpdateFlags.Any));
        byte[] first = Take(map.Shared, out _, sequence: 1), second = Take(map.Shared, out _, sequence: 2);
        byte[] mixed = [.. first[..SnapshotHeader.Length], .. second[SnapshotHeader.Length..]];
        Assert.Equal(Errno.EINVAL, Read(mixed, null));
    }

    [Fact]
    public void Random_bytes_with_valid_checksums_give_bounded_entries_or_an_error()
    {
        Gen.Select(Gen.UInt[0, 20], Gen.UInt[0, 20], Gen.UInt[0, 10], Gen.Byte.Array[0, 400]).Sample(
            (keySize, valueSize, entries, content) =>
            {
                SnapshotHeader header = new() { Type = MapType.Hash, KeySize = keySize, ValueSize = valueSize, MaxEntries = entries };
                MemoryStream stream = new();

                // A writer of single bytes: the reader's blocks are any bytes, and its checksums right.
                SnapshotWriter writer = new(header with { KeySize = 0, ValueSize = 1, MaxEntries = uint.MaxValue }, Into(stream));
                foreach (byte one in content)
                    _ = writer.Add([], [one]);
                _ = writer.Finish();
                ulong given = 0;
                SnapshotReader reader = new(header, From(stream.ToArray()));
                Errno result = reader.ReadAll((_, _) => Errno.None | (Errno)(given++ > entries ? 1 : 0));
                Assert.True(given <= entries);
                Assert.NotEqual((Errno)1, result);
            },
            iter: 2000);
    }

    private static byte[] Take(SharedMap map, out ulong count, ulong sequence = 1)
    {
        SnapshotHeader header = SnapshotHeader.Of(map.Attributes, map.EntryValueSize) with { Sequence = sequence, MapId = 7, Name = ObjectName.From("m") };
        MemoryStream stream = new();
        stream.Write(header.ToBytes());
        SnapshotWriter writer = new(header, Into(stream));
        Assert.Equal(Errno.None, map.ReadEntries(writer.Add));
        Assert.Equal(Errno.None, writer.Finish());
        count = writer.Count;
        return stream.ToArray();
    }

    private static Errno Read(byte[] bytes, EntryVisitor? visitor)
    {
        if (!SnapshotHeader.TryParse(bytes.AsSpan(0, Math.Min(bytes.Length, SnapshotHeader.Length)), out SnapshotHeader? header, out Errno error))
            return error;
        Assert.Equal("m", header.Name.ToString());
        return new SnapshotReader(header, From(bytes[SnapshotHeader.Length..])).ReadAll(visitor);
    }

    private static SnapshotSink Into(MemoryStream stream) => bytes =>
    {
        stream.Write(bytes);
        return Errno.None;
    };

    private static SnapshotSource From(byte[] bytes)
    {
        MemoryStream stream = new(bytes);
        return stream.Read;
    }
}
