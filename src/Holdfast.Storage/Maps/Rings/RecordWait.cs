using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Rings;

/// <summary>
/// How user space waits at its end of a map. It marks itself waiting, passes a full barrier, looks once more and sleeps; whoever
/// makes what it waits for passes a full barrier behind it and then looks at the mark. One of the two sees the other, so no wake-up is
/// lost, and none costs a system call while nobody sleeps.
/// </summary>
internal sealed class RecordWait(RecordMap map) : IDisposable
{
    private const int Spins = 200;
    private const int BlockedMilliseconds = 5;
    private const int PollMilliseconds = 1;

    // A writer killed after its record is complete and before it wakes anybody wakes nobody.
    private const int LongestSleepMilliseconds = 100;

    private readonly Lock _lock = new();
    private FileSignal? _signal;
    private bool _polls;
    private bool _wakeUp;
    private bool _exposed;
    private long _judged;

    /// <summary>A descriptor that can be waited on.</summary>
    public int Descriptor
    {
        get
        {
            _exposed = true;
            return Signal()?.Descriptor ?? -1;
        }
    }

    /// <summary>Sleeps until there is something.</summary>
    /// <param name="owner">Passed to both functions.</param>
    /// <param name="isThere">Whether there is.</param>
    /// <param name="isBlocked">Whether an unfinished record is in the way, whose writer may be dead: dead writers wake nobody.</param>
    /// <param name="milliseconds">For how long at most; below zero without end.</param>
    /// <returns>False if the time ran out, or <see cref="Wake"/> was called.</returns>
    public bool Until(object owner, Func<object, bool> isThere, Func<object, bool> isBlocked, int milliseconds)
    {
        long deadline = Environment.TickCount64 + milliseconds;
        for (int spin = 0; spin < Spins; spin++)
        {
            if (isThere(owner))
                return true;
            if (milliseconds == 0)
                break;
            Thread.SpinWait(20);
        }

        FileSignal? signal = Signal();
        while (true)
        {
            map.BeginWaiting();
            bool there = isThere(owner);
            long left = milliseconds < 0 ? int.MaxValue : deadline - Environment.TickCount64;
            bool woken = false;
            if (!there)
            {
                int longest = isBlocked(owner) ? BlockedMilliseconds : LongestSleepMilliseconds;
                Sleep(signal, (int)Math.Clamp(left, 0, longest), out woken);
                there = isThere(owner);
            }

            Volatile.Write(ref map.Waiting, 0);
            if (there || woken || left <= 0)
                return there;
        }
    }

    /// <summary>
    /// Before user space waits on the descriptor by itself: leaves it readable if there is something in the ring, be it unfinished, as
    /// the kernel does (<c>ringbuf_map_poll_kern</c>), and else marks it as waiting.
    /// </summary>
    public void Rest(object owner, Func<object, bool> isEmpty)
    {
        if (!_exposed || _signal is null)
            return;
        _signal.Clear();
        map.BeginWaiting();
        if (isEmpty(owner))
            return;
        Volatile.Write(ref map.Waiting, 0);
        map.Signal();
    }

    /// <summary>Whether it is time to ask the operating system whether a writer lives: at most once in a millisecond.</summary>
    public bool MayJudge()
    {
        long now = Environment.TickCount64;
        if (now == _judged)
            return false;
        _judged = now;
        return true;
    }

    /// <summary>Ends the present or the next wait.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_signal is null)
                _wakeUp = true;
            else
                _signal.Wake();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _signal?.Dispose();

    /// <summary>Sleeps; where there is no watch to be had (EMFILE), by looking every millisecond.</summary>
    private void Sleep(FileSignal? signal, int milliseconds, out bool woken)
    {
        if (signal is not null)
        {
            signal.Wait(milliseconds, out woken);
            return;
        }

        Thread.Sleep(milliseconds == 0 ? 0 : PollMilliseconds);
        lock (_lock)
        {
            woken = _wakeUp;
            _wakeUp = false;
        }
    }

    private FileSignal? Signal()
    {
        if (_signal is not null || _polls)
            return _signal;
        lock (_lock)
        {
            _polls = FileSignal.Create(map.SignalDescriptor, out FileSignal? signal) < 0;
            _signal = signal;
            if (_wakeUp && signal is not null)
            {
                _wakeUp = false;
                signal.Wake();
            }

            return signal;
        }
    }
}
