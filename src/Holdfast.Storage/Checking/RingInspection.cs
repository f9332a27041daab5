using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>Looks into rings and perf event arrays: positions are in order and no more than the size apart, records a chain of sound headers.</summary>
internal static class RingInspection
{
    /// <summary>Looks into a ring buffer or user ring buffer.</summary>
    public static void RunRing(MapInspection map, in MapAttributes attributes)
    {
        uint size = attributes.MaxEntries;
        map.CheckLock((uint)(Word(map, RingLayout.LockOffset) & uint.MaxValue), "who reserves or drains");
        ChunkInspection chunks = new(map, RingLayout.BitmapOffset, RingLayout.RecordsOffset, size, ChunkReservation.DenseShift);
        chunks.CheckUnmarked();
        ulong from = Word(map, RingLayout.ConsumerOffset), end = Word(map, RingLayout.ProducerOffset);
        string evidence = $"{from:x}-{end:x}";
        if (end - from > size || ((from | end) & 7) != 0)
        {
            map.Add($"its positions are {from} (read) and {end} (written), of {size} bytes", "its records are passed over", evidence, isStructural: true);
            return;
        }

        byte[] header = new byte[RingRecordHeader.Size];

        // Each step is a stride of at least 8 bytes towards an end at most the size away.
        while (from != end)
        {
            long place = (long)(from & (size - 1));
            map.Read(RingLayout.RecordsOffset + place, header);
            RingRecordHeader record = new(BinaryPrimitives.ReadUInt32LittleEndian(header));
            if (!chunks.IsReady(place, RingRecordHeader.Size) || record.Length > size || record.Stride > end - from)
            {
                map.Add($"the record at byte {place} has {record.Length} bytes, more than were written", "it and those behind it are passed over", $"{evidence} {place} {record.Length}", isStructural: true);
                return;
            }

            if (record.IsBusy && map.IsDead(BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4))))
                map.Add($"the writer of the record at byte {place} died before it was complete", "none for long: the reader passes over it", $"{evidence} {place}");
            from += record.Stride;
        }
    }

    /// <summary>Looks into a perf event array.</summary>
    public static void RunPerf(MapInspection map, in MapAttributes attributes)
    {
        PerfLayout layout = PerfLayout.For(attributes);
        byte[] block = new byte[PerfLayout.BlockBytes];
        for (uint index = 0; index < layout.Buffers && !map.IsFull; index++)
        {
            map.Read(PerfLayout.BlocksOffset + ((long)index * PerfLayout.BlockBytes), block);
            map.CheckLock(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(PerfLayout.LockOffset)), $"buffer {index}");
            uint reader = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(PerfLayout.ReaderOffset)), size = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(PerfLayout.ReaderOffset + sizeof(uint)));
            ulong written = BinaryPrimitives.ReadUInt64LittleEndian(block.AsSpan(PerfLayout.HeadOffset)), read = BinaryPrimitives.ReadUInt64LittleEndian(block.AsSpan(PerfLayout.TailOffset));
            string evidence = $"buffer {index} {reader:x} {size:x} {written:x} {read:x}";
            if (reader == 0)
                continue; // who reads next empties it
            if (map.IsDead(reader))
                map.Add($"the reader of buffer {index} died", "none for long: a writer that finds no room takes the buffer out", evidence);
            else if (size > PerfLayout.LargestBuffer || written - read > size)
                map.Add($"buffer {index} of {size} bytes is read up to {read} and written up to {written}", "its records are passed over", evidence);
        }
    }

    private static ulong Word(MapInspection map, long offset)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        map.Read(offset, word);
        return BinaryPrimitives.ReadUInt64LittleEndian(word);
    }
}
