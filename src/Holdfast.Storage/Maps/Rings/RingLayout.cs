using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>
/// Where things are in the data of a ring: a page that writers write, a page that readers write, the chunk bitmap, and the records
/// from a multiple of 64 KiB in the file on, the largest page of any machine, so that they can be mapped twice in a row.
/// </summary>
internal static class RingLayout
{
    /// <summary>Lock word: of a ring who reserves, of a user ring who drains.</summary>
    public const int LockOffset = 0;

    /// <summary>Where the next record will be, in bytes since the ring was made.</summary>
    public const int ProducerOffset = 64;

    /// <summary>Where the next record to be read is, likewise.</summary>
    public const int ConsumerOffset = 4096;

    /// <summary>1: whoever is in user space sleeps and wants to be woken.</summary>
    public const int WaitingOffset = ConsumerOffset + 64;

    /// <summary>The byte whose writing wakes it.</summary>
    public const int SignalOffset = ConsumerOffset + 128;

    /// <summary>The chunk bitmap.</summary>
    public const int BitmapOffset = 8192;

    /// <summary>Where records begin in the data.</summary>
    public const long RecordsOffset = 65536 - ObjectHeaderLayout.DataOffset;

    /// <summary>Bytes of the control block. The bitmap of the largest ring, 2 GiB, is one page: it ends before the records begin.</summary>
    public static long ControlLength(uint size) => BitmapOffset + ChunkReservation.BitmapBytes(size, ChunkReservation.DenseShift);
}
