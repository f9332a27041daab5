using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>The bitmap that says which chunks of a map's memory are there, and what is in those that it doesn't name.</summary>
internal sealed class ChunkInspection
{
    private readonly MapInspection _map;
    private readonly byte[] _bitmap;
    private readonly long _start;
    private readonly long _length;
    private readonly int _shift;

    /// <summary>Reads the bitmap.</summary>
    /// <param name="map">The map.</param>
    /// <param name="bitmapOffset">Where it is in the data.</param>
    /// <param name="start">Where the chunks begin in the data.</param>
    /// <param name="length">Bytes of all chunks.</param>
    /// <param name="shift">log2 of a chunk's size.</param>
    public ChunkInspection(MapInspection map, long bitmapOffset, long start, long length, int shift)
    {
        _map = map;
        _start = start;
        _length = length;
        _shift = shift;
        _bitmap = new byte[ChunkReservation.BitmapBytes(length, shift)];
        map.Read(bitmapOffset, _bitmap);
    }

    /// <summary>Whether bytes are named as being there.</summary>
    /// <param name="place">Where they begin, counted from the first chunk; with all of them inside.</param>
    /// <param name="length">How many.</param>
    public bool IsReady(long place, long length)
    {
        for (long chunk = place >> _shift; chunk <= (place + length - 1) >> _shift; chunk++)
        {
            if (!IsMarked(chunk))
                return false;
        }

        return true;
    }

    /// <summary>Looks for contents where the bitmap says that there is nothing. A writer marks a chunk before it stores into it.</summary>
    public void CheckUnmarked()
    {
        byte[] buffer = new byte[1 << _shift];
        for (long at = 0; at < _length && !_map.IsFull;)
        {
            at = _map.NextContent(_start + at) - _start;
            if (at < 0 || at >= _length)
                return;
            long chunk = at >> _shift, from = chunk << _shift;
            Span<byte> bytes = buffer.AsSpan(0, (int)Math.Min(buffer.Length, _length - from));
            if (!IsMarked(chunk))
            {
                _map.Read(_start + from, bytes);
                if (bytes.ContainsAnyExcept((byte)0))
                    _map.Add($"its memory from byte {_start + from} on holds something, and its bitmap says that nothing is there", "what is there is hidden from all, and freed at the next restart", $"chunk {chunk}", isStructural: true);
            }

            at = (chunk + 1) << _shift;
        }
    }

    private bool IsMarked(long chunk) => (_bitmap[chunk >> 3] & (1 << (int)(chunk & 7))) != 0;
}
