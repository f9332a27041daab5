using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// A byte of a lock file, held shared by this process while any of its threads is inside. The lock belongs to the one open description
/// of the process, so its threads are counted.
/// </summary>
internal sealed class SharedByte(int descriptor, long offset)
{
    private readonly object _gate = new();
    private int _inside;

    /// <summary>Goes in; waits while another process holds the byte exclusively.</summary>
    /// <returns>Zero, or the negated error.</returns>
    internal int Enter()
    {
        lock (_gate)
            return Count(_inside == 0 ? OfdLock.Shared(descriptor, offset) : 0);
    }

    /// <summary>Goes in if nobody holds the byte exclusively. Never waits, not for other threads' <see cref="Enter(int)"/> either.</summary>
    /// <returns>Zero, <c>-EAGAIN</c>, or another negated error.</returns>
    internal int TryEnter()
    {
        lock (_gate)
            return Count(_inside == 0 ? OfdLock.TryShared(descriptor, offset) : 0);
    }

    /// <summary>Goes in; waits for a bounded time, outside the gate, so that <see cref="TryEnter"/> never waits behind it.</summary>
    /// <param name="patience">Milliseconds.</param>
    /// <returns>Zero, <c>-EAGAIN</c> if it took too long, or another negated error.</returns>
    internal int Enter(int patience)
    {
        long deadline = Environment.TickCount64 + patience;
        int result;
        while ((result = TryEnter()) == -EAGAIN && Environment.TickCount64 < deadline)
            Thread.Sleep(1);
        return result;
    }

    /// <summary>Comes out.</summary>
    internal void Leave()
    {
        lock (_gate)
        {
            if (--_inside == 0)
                _ = OfdLock.Release(descriptor, offset);
        }
    }

    private int Count(int result)
    {
        if (result == 0)
            _inside++;
        return result;
    }
}
