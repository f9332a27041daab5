using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>Copies a file's bytes by reads and writes, and leaves holes where it has holes.</summary>
internal static class SparseCopy
{
    private const int Piece = 1 << 20;

    /// <summary>Copies the bytes from an offset to an end into another file at the same place; zero or negated errno.</summary>
    internal static int Run(int from, int to, long start, long end)
    {
        byte[] buffer = new byte[Math.Clamp(end - start, 1, Piece)];
        for (long at = start; at < end;)
        {
            at = Posix.SeekContent(from, at, hole: false);
            if (at == -ENXIO || at >= end)
                break;
            long hole = at < 0 ? at : Posix.SeekContent(from, at, hole: true);
            if (hole < 0)
                return (int)hole;
            for (hole = Math.Min(hole, end); at < hole;)
            {
                int count = Posix.Read(from, buffer.AsSpan(0, (int)Math.Min(buffer.Length, hole - at)), at);
                if (count < 0)
                    return count;
                if (count == 0)
                    return 0; // shortened meanwhile: what is not there isn't copied
                int result = Posix.Write(to, buffer.AsSpan(0, count), at);
                if (result < 0)
                    return result;
                at += count;
            }
        }

        return 0;
    }
}
