using System.Buffers.Binary;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Queues;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>Looks into a queue or stack: both ends are slots, elements are in memory that is there and, in a durable map, are those of the digest.</summary>
internal static class QueueInspection
{
    private const int ControlBytes = 128;

    /// <summary>Looks.</summary>
    public static void Run(MapInspection map, in MapAttributes attributes)
    {
        QueueLayout layout = QueueLayout.For(attributes);
        byte[] control = new byte[ControlBytes], after = new byte[ControlBytes];
        map.Read(0, control);
        map.CheckLock(BinaryPrimitives.ReadUInt32LittleEndian(control.AsSpan(QueueLayout.LockOffset)), "whoever pushes and pops");
        ulong word = Word(control, QueueLayout.EndsOffset);
        QueueEnds ends = QueueEnds.Of(word, layout.Slots);
        ChunkInspection chunks = new(map, layout.BitmapOffset, layout.ElementsOffset, (long)layout.Stride * layout.Slots, ChunkReservation.DenseShift);
        chunks.CheckUnmarked();
        if (ends.Word != word)
        {
            map.Add($"its ends are slots {(uint)word} and {word >> 32} of {layout.Slots}", "it reads as empty", $"ends {word:x}", isStructural: true);
            return;
        }

        ulong digest = 0, missing = 0;
        byte[] value = new byte[attributes.ValueSize];
        for (uint slot = ends.Tail; slot != ends.Head; slot = ends.After(slot))
        {
            if (!chunks.IsReady((long)slot * layout.Stride, layout.Stride))
            {
                missing++;
                continue;
            }

            if (!attributes.IsDurable)
                continue;
            map.Read(layout.ElementsOffset + ((long)slot * layout.Stride), value);
            digest += ContentDigest.PartOf(Word(control, QueueLayout.DigestKeyOffset), slot, value);
        }

        // Every push and pop changes these words: if they stood still, so did the elements.
        map.Read(0, after);
        if (!control.AsSpan().SequenceEqual(after))
            return;
        if (missing != 0)
            map.Add($"{missing} of its {ends.Count} elements are in memory that isn't there", "they read as zeros", $"ends {word:x}", isStructural: true);
        else if (attributes.IsDurable && digest != Word(control, QueueLayout.DigestOffset) && digest != Word(control, QueueLayout.NextDigestOffset))
            map.Add("its elements are not those that its digest is of", "a value may be damaged; after a restart all comes from the last sync", $"digest {digest:x}", isStructural: true);
    }

    private static ulong Word(byte[] control, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(control.AsSpan(offset));
}
