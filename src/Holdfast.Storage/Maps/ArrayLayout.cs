using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps;

/// <summary>
/// Where things are in the data of an array: a control page (lock, redo record), the chunk bitmap, the redo buffer of one value,
/// then the elements from a page on.
/// </summary>
internal readonly record struct ArrayLayout(
    long BitmapOffset, long RedoOffset, long ElementsOffset, ElementPlacement Placement, uint ValueOffset, long Length)
{
    /// <summary>The lock word of updates that take more than one store.</summary>
    public const int LockOffset = 0;

    /// <summary>The redo record: index + 1 of the element being written, 0 if none.</summary>
    public const int RedoIndexOffset = 8;

    /// <summary>Version of the elements, changed when an update of several words begins and when it ends.</summary>
    public const int VersionOffset = 16;

    /// <summary>Of a prog array: what its programs are, 0 until there is one.</summary>
    public const int OwnerOffset = 24;

    /// <summary>Of a durable array: checksum of the redo record and buffer.</summary>
    public const int RedoCheckOffset = 32;

    /// <summary>Of a durable array: not 0 if programs were given addresses of values.</summary>
    public const int AddressedOffset = 40;

    /// <summary>Bytes before each value of more than 8 bytes in a durable array, unless the array can be mapped by programs outside.</summary>
    public const int DurableHeaderBytes = 16;

    private const long ControlBytes = 64;
    private const long Page = 4096;

    /// <summary>Bytes from one element to the next.</summary>
    public static uint StrideOf(uint valueSize) => (valueSize + 7) & ~7u;

    /// <summary>Bytes from one element to the next, but for what a page leaves over.</summary>
    public uint Stride => Placement.Stride;

    /// <summary>Places of an array that passed its checks.</summary>
    public static ArrayLayout For(in MapAttributes map)
    {
        bool hasHeaders = map.IsDurable && map.ValueSize > sizeof(ulong) && (map.Flags & MapFlags.Mmapable) == 0;
        uint valueOffset = hasHeaders ? (uint)DurableHeaderBytes : 0;
        uint stride = StrideOf(map.ValueSize);
        ElementPlacement placement = hasHeaders ? ElementPlacement.Paged(stride + valueOffset) : ElementPlacement.Dense(stride);
        long elements = placement.LengthOf(map.MaxEntries);
        long redo = ControlBytes + ChunkReservation.BitmapBytes(elements, ChunkReservation.DenseShift);
        long start = (redo + stride + Page - 1) & ~(Page - 1);
        return new(ControlBytes, redo, start, placement, valueOffset, (start + elements + Page - 1) & ~(Page - 1));
    }
}
