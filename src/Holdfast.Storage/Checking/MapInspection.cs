using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>
/// Looks into a map without mapping it: pread(2) only, so that a file that somebody shortens can't kill the reader. Others write meanwhile,
/// so a flaw counts only if it is seen again with the same bytes.
/// </summary>
internal sealed class MapInspection
{
    private const int MostFlaws = 100;

    private readonly byte[] _leases = new byte[ObjectHeaderLayout.LeaseTableLength];
    private readonly int _descriptor;
    private readonly long _dataOffset;

    private MapInspection(int descriptor, long dataOffset)
    {
        _descriptor = descriptor;
        _dataOffset = dataOffset;
        _ = Posix.Read(descriptor, _leases, ObjectHeaderLayout.LeaseTableOffset);
    }

    /// <summary>What was found so far.</summary>
    public List<MapFlaw> Flaws { get; } = [];

    /// <summary>Whether there is room for more.</summary>
    public bool IsFull => Flaws.Count >= MostFlaws;

    /// <summary>Looks into a map of a shape that agrees with its file's length.</summary>
    public static List<MapFlaw> Run(int descriptor, in MapAttributes map, long dataOffset)
    {
        MapInspection inspection = new(descriptor, dataOffset);
        switch (map.Type)
        {
            case MapType.Hash or MapType.LruHash or MapType.HashOfMaps:
                new HashInspection(inspection, map).Run();
                break;
            case MapType.PerCpuHash or MapType.LruPerCpuHash:
                new HashInspection(inspection, PerCpuShape.AsHash(map)).Run();
                break;
            case MapType.Array or MapType.ProgArray or MapType.ArrayOfMaps:
                inspection.Array(map);
                break;
            case MapType.PerCpuArray:
                inspection.Array(PerCpuShape.AsArray(map));
                break;
            case MapType.LpmTrie:
                new LpmInspection(inspection, map).Run();
                break;
            case MapType.Queue or MapType.Stack:
                QueueInspection.Run(inspection, map);
                break;
            case MapType.BloomFilter:
                BloomLayout bits = BloomLayout.For(map);
                new ChunkInspection(inspection, bits.BitmapOffset, bits.BitsOffset, (long)(bits.Mask / 8) + 1, bits.ChunkShift).CheckUnmarked();
                break;
            case MapType.RingBuf or MapType.UserRingBuf:
                RingInspection.RunRing(inspection, map);
                break;
            case MapType.StackTrace:
                StackTraceInspection.Run(inspection, map);
                break;
            case MapType.PerfEventArray:
                RingInspection.RunPerf(inspection, map);
                break;
        }

        return inspection.Flaws;
    }

    /// <summary>Where the file has contents at or after a place in the data; negative if nowhere.</summary>
    public long NextContent(long offset) => Posix.SeekContent(_descriptor, _dataOffset + offset, hole: false) is var found && found >= 0 ? found - _dataOffset : found;

    /// <summary>Notes a flaw.</summary>
    public void Add(string what, string consequence, string evidence, bool isStructural = false)
    {
        if (!IsFull)
            Flaws.Add(new MapFlaw(what, consequence, evidence, isStructural));
    }

    /// <summary>Reads from the data; what is behind the file's end reads as zeros.</summary>
    public void Read(long offset, Span<byte> bytes)
    {
        int count = Math.Max(Posix.Read(_descriptor, bytes, _dataOffset + offset), 0);
        bytes[count..].Clear();
    }

    /// <summary>Whether the owner of a lock word or state is gone for sure (as <see cref="LeaseTable.IsDead"/>).</summary>
    public bool IsDead(uint lease)
    {
        int slot = LockWord.SlotOf(lease);
        if (slot is < 0 or >= LeaseTable.Slots)
            return true;
        uint generation = BinaryPrimitives.ReadUInt32LittleEndian(_leases.AsSpan(slot * (ObjectHeaderLayout.LeaseTableLength / 128)));
        return (generation & LockWord.GenerationMask) != LockWord.GenerationOf(lease) || !OfdLock.IsHeldByOthers(_descriptor, OfdLock.LeaseBase + slot);
    }

    /// <summary>Notes a lock whose owner is dead.</summary>
    public void CheckLock(uint word, string of)
    {
        if (word != 0 && IsDead(LockWord.Owner(word)))
            Add($"the lock of {of} is held by a writer that died", "none for long: the next writer takes it over and completes what it guards", $"{of}: {word:x8}");
    }

    private void Array(in MapAttributes map)
    {
        ArrayLayout layout = ArrayLayout.For(map);
        new ChunkInspection(this, layout.BitmapOffset, layout.ElementsOffset, layout.Placement.LengthOf(map.MaxEntries), ChunkReservation.DenseShift).CheckUnmarked();
        Span<byte> control = stackalloc byte[24];
        Read(0, control);
        CheckLock(BinaryPrimitives.ReadUInt32LittleEndian(control), "large updates");
        ulong redo = BinaryPrimitives.ReadUInt64LittleEndian(control[ArrayLayout.RedoIndexOffset..]);
        uint taken = BinaryPrimitives.ReadUInt32LittleEndian(control[ArrayLayout.LockOffset..]);
        if (redo > map.MaxEntries)
            Add($"its redo record names element {redo - 1} of {map.MaxEntries}", "none: writers pass over it", $"redo {redo:x}");
        else if (redo != 0 && taken == 0)
            Add($"the update of element {redo - 1} is half done and nobody holds the lock", "readers take the value from the redo buffer", $"redo {redo:x}");
    }
}
