using System.Numerics;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Memory;

/// <summary>
/// Reserves a file's blocks before anything touches them, in chunks of a power of two, so that a full file system is ENOSPC at
/// the operation and never SIGBUS. A shared bitmap says which chunks are there; what is not can only be zero, and is not read (even
/// reading a hole of a tmpfs file would allocate its page).
/// </summary>
internal sealed unsafe class ChunkReservation
{
    /// <summary>log2 of the size of chunks that are used one after another: 64 KiB, one system call for sixteen pages.</summary>
    internal const int DenseShift = 16;

    private const int PageShift = 12;
    private const long SparseChunks = 1 << 19;

    private readonly uint* _bitmap;
    private readonly int _descriptor;
    private readonly long _offset;
    private readonly long _length;
    private readonly int _shift;

    // All below is known to be there, and never goes away again. Any thread may move it up; one that loses a race moves it less.
    private long _known;

    /// <summary>Creates the view.</summary>
    /// <param name="bitmap">The bitmap in shared memory, reserved at creation; its words outlive this object's use.</param>
    /// <param name="descriptor">The file, open for writing, or -1.</param>
    /// <param name="offset">Where in the file the first chunk begins.</param>
    /// <param name="length">Bytes covered.</param>
    /// <param name="shift">log2 of a chunk's size.</param>
    internal ChunkReservation(uint* bitmap, int descriptor, long offset, long length, int shift)
    {
        _bitmap = bitmap;
        _descriptor = descriptor;
        _offset = offset;
        _length = length;
        _shift = shift;
    }

    /// <summary>The bitmap, for generated code.</summary>
    internal uint* Bitmap => _bitmap;

    /// <summary>log2 of a chunk's size.</summary>
    internal int Shift => _shift;

    /// <summary>All bytes before this one are known to be there, and stay.</summary>
    internal long Known => Volatile.Read(ref _known);

    /// <summary>
    /// log2 of the size of chunks that are used here and there: a page, since each use may be the only one of its chunk, but larger
    /// where a bit for each page would make a bitmap of more than 64 KiB.
    /// </summary>
    /// <param name="length">Bytes covered.</param>
    internal static int SparseShift(long length)
    {
        int shift = PageShift;
        while (shift < DenseShift && length >> shift > SparseChunks)
            shift++;
        return shift;
    }

    /// <summary>Bytes that a bitmap for so much data takes, a multiple of 64.</summary>
    internal static long BitmapBytes(long length, int shift) => ((((length + (1 << shift) - 1) >> shift) + 511) / 512) * 64;

    /// <summary>Whether the bytes can be touched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsReady(long start, long length) => start + length <= _known || AreChunksReady(start, length);

    /// <summary>The first byte from a place on that can be touched, and what is not there skipped by 32 chunks at a time.</summary>
    /// <param name="start">Where to begin.</param>
    /// <returns>A place at or after <paramref name="start"/>; the length if nothing is there from it on.</returns>
    internal long NextReady(long start)
    {
        if (start < _known)
            return start;
        // In bounds: the length is the caller's own arithmetic over checked geometry, and the bitmap has a bit for each of its chunks.
        long chunks = (_length + (1L << _shift) - 1) >> _shift;
        for (long chunk = start >> _shift; chunk < chunks; chunk = (chunk | 31) + 1)
        {
            uint ready = Volatile.Read(ref _bitmap[chunk >> 5]) >> (int)(chunk & 31);
            if (ready != 0)
                return Math.Min(_length, Math.Max(start, (chunk + BitOperations.TrailingZeroCount(ready)) << _shift));
        }

        return _length;
    }

    /// <summary>How far everything can be touched: the end of what is there without a gap from a place on, at most another.</summary>
    internal long ReadyUpTo(long start, long end)
    {
        // In bounds: both are the caller's own arithmetic over checked geometry, and the bitmap has a bit for each chunk.
        long last = (end - 1) >> _shift;
        for (long chunk = start >> _shift; chunk <= last; chunk = (chunk | 31) + 1)
        {
            uint missing = ~Volatile.Read(ref _bitmap[chunk >> 5]) >> (int)(chunk & 31);
            if (missing != 0 && chunk + BitOperations.TrailingZeroCount(missing) <= last)
                return Math.Max(start, (chunk + BitOperations.TrailingZeroCount(missing)) << _shift);
        }

        return end;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool AreChunksReady(long start, long length)
    {
        MoveKnown();
        long last = (start + length - 1) >> _shift;
        for (long chunk = start >> _shift; chunk <= last; chunk++)
        {
            // In bounds: start and length are the caller's own arithmetic over checked geometry, never read from shared memory.
            if ((Volatile.Read(ref _bitmap[chunk >> 5]) & (1u << (int)(chunk & 31))) == 0)
                return false;
        }

        return true;
    }

    /// <summary>Moves <see cref="_known"/> over at most one word of the bitmap.</summary>
    private void MoveKnown()
    {
        long known = Volatile.Read(ref _known);
        long chunk = known >> _shift;

        // In bounds: the bitmap has a bit for each chunk of _length, and known stays below it here.
        while (known < _length && (Volatile.Read(ref _bitmap[chunk >> 5]) & (1u << (int)(chunk & 31))) != 0)
        {
            chunk++;
            known = chunk << _shift;
            if ((chunk & 31) == 0)
                break;
        }

        Volatile.Write(ref _known, known);
    }

    /// <summary>Makes sure that the bytes can be touched.</summary>
    /// <returns>ENOSPC if the file system is full; then nothing changed.</returns>
    internal Errno Ensure(long start, long length)
    {
        if (IsReady(start, length))
            return Errno.None;
        long last = (start + length - 1) >> _shift;
        for (long chunk = start >> _shift; chunk <= last; chunk++)
        {
            Errno failure = EnsureChunk(chunk);
            if (failure != Errno.None)
                return failure;
        }

        return Errno.None;
    }

    /// <summary>
    /// After a restart: blocks of what is marked may be missing, and what isn't marked may hold what was written shortly before. The former are
    /// reserved again (a block that was there at the last sync is there, so zeros are what such a block held), the latter freed.
    /// </summary>
    /// <param name="marksContents">
    /// Whether what isn't marked and isn't zero is marked instead: in the boot in which it was written, the bitmap must have been damaged.
    /// </param>
    /// <returns>ENOSPC if the file system is full; nothing depends on how far it came.</returns>
    internal Errno RestoreAfterBoot(bool marksContents = false)
    {
        if (marksContents && MarkContents() is var failure && failure != Errno.None)
            return failure;
        // In bounds: as in NextReady.
        long chunks = (_length + (1L << _shift) - 1) >> _shift;
        for (long chunk = 0; chunk < chunks;)
        {
            bool ready = IsMarked(chunk);
            long first = chunk;
            while (chunk < chunks && IsMarked(chunk) == ready)
                chunk = (chunk & 31) == 0 && Volatile.Read(ref _bitmap[chunk >> 5]) == (ready ? uint.MaxValue : 0) ? chunk + 32 : chunk + 1;
            long from = first << _shift, length = Math.Min(_length, chunk << _shift) - from;
            int result = ready ? Posix.Allocate(_descriptor, _offset + from, length) : Posix.PunchHole(_descriptor, _offset + from, length);
            if (result < 0)
                return (Errno)(-result);
        }

        return Errno.None;
    }

    private Errno MarkContents()
    {
        byte[] bytes = new byte[1 << _shift];
        for (long at = 0; at < _length;)
        {
            at = Posix.SeekContent(_descriptor, _offset + at, hole: false) - _offset;
            if (at < 0 || at >= _length)
                break;
            long chunk = at >> _shift, from = chunk << _shift;
            int count = IsMarked(chunk) ? 0 : Posix.Read(_descriptor, bytes.AsSpan(0, (int)Math.Min(bytes.Length, _length - from)), _offset + from);
            Errno failure = count < 0 ? (Errno)(-count) : bytes.AsSpan(0, count).ContainsAnyExcept((byte)0) ? EnsureChunk(chunk) : Errno.None;
            if (failure != Errno.None)
                return failure;
            at = (chunk + 1) << _shift;
        }

        return Errno.None;
    }

    private bool IsMarked(long chunk) => (Volatile.Read(ref _bitmap[chunk >> 5]) & (1u << (int)(chunk & 31))) != 0;

    private Errno EnsureChunk(long chunk)
    {
        ref uint word = ref _bitmap[chunk >> 5];
        uint bit = 1u << (int)(chunk & 31);
        if ((Volatile.Read(ref word) & bit) != 0)
            return Errno.None;
        if (_descriptor < 0)
            return Errno.EPERM;
        long from = chunk << _shift;
        int result = Posix.Allocate(_descriptor, _offset + from, Math.Min(1 << _shift, _length - from));
        if (result < 0)
            return (Errno)(-result);

        // Published after the blocks are there. A death in between is harmless: the next writer reserves the same blocks again.
        Interlocked.Or(ref word, bit);
        return Errno.None;
    }
}
