namespace Holdfast.Storage.Memory;

/// <summary>Waiting for a lock that somebody living holds, for so long and no longer.</summary>
internal unsafe struct LockPatience
{
    private const int Spins = 60;
    private const int Yields = 20;

    private int _round;
    private long _deadline;

    /// <summary>Milliseconds to wait at most. Only tests change it.</summary>
    internal static int Limit { get; set; } = 10_000;

    /// <summary>Waits a little.</summary>
    /// <param name="word">The lock word.</param>
    /// <returns>False once it was long enough.</returns>
    internal bool Wait(uint* word)
    {
        if (_round < Spins + Yields)
        {
            if (_round++ < Spins)
                Thread.SpinWait(20);
            else
                Thread.Yield();
            return true;
        }

        long now = Environment.TickCount64;
        if (_deadline == 0)
            _deadline = now + Limit;
        uint seen = Volatile.Read(ref *word);
        if (seen != 0)
            SharedLock.Wait(word, seen);
        return now < _deadline;
    }
}
