using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Kernel.Buffers;

/// <summary>Waits for any of some descriptors to become ready, or for a call from another thread (<c>epoll(7)</c> and <c>eventfd(2)</c>).</summary>
internal sealed unsafe class Readiness : IDisposable
{
    private const int MostEvents = 16;

    private readonly int _epoll;
    private readonly int _wake;

    private Readiness(int epoll, int wake)
    {
        _epoll = epoll;
        _wake = wake;
    }

    /// <summary>A descriptor that is itself readable when one of the watched is ready.</summary>
    public int Descriptor => _epoll;

    /// <summary>Starts to watch.</summary>
    /// <param name="descriptors">What to watch; they stay the caller's.</param>
    /// <param name="forWriting">Whether to wait for them to be writable instead of readable.</param>
    /// <param name="readiness">The result.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Create(ReadOnlySpan<int> descriptors, out Readiness? readiness, bool forWriting = false)
    {
        readiness = null;
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll < 0)
            return -Marshal.GetLastPInvokeError();
        int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int result = wake < 0 ? -Marshal.GetLastPInvokeError() : Watch(epoll, wake, EPOLLIN);
        for (int i = 0; i < descriptors.Length && result == 0; i++)
            result = Watch(epoll, descriptors[i], forWriting ? EPOLLOUT : EPOLLIN);
        if (result < 0)
        {
            if (wake >= 0)
                _ = close(wake);
            _ = close(epoll);
            return result;
        }

        readiness = new Readiness(epoll, wake);
        return 0;
    }

    /// <summary>Sleeps until a descriptor is ready.</summary>
    /// <param name="milliseconds">For how long at most; below zero without end.</param>
    /// <returns>False if the time ran out, or <see cref="Wake"/> was called.</returns>
    public bool Wait(int milliseconds)
    {
        // Safe: the kernel writes at most MostEvents events to this array on our stack.
        epoll_event* events = stackalloc epoll_event[MostEvents];
        int count = epoll_wait(_epoll, events, MostEvents, milliseconds);
        bool ready = false;
        for (int i = 0; i < count; i++)
        {
            if (events[i].data.fd != _wake)
                ready = true;
            else
                Drain();
        }

        return ready;
    }

    /// <summary>Ends the present or the next <see cref="Wait"/>.</summary>
    public void Wake()
    {
        // A full counter (EAGAIN) is a wake-up that nobody has taken yet: as good as ours.
        ulong one = 1;
        _ = write(_wake, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        _ = close(_wake);
        _ = close(_epoll);
    }

    private static int Watch(int epoll, int descriptor, int events)
    {
        epoll_event wanted = new() { events = events };
        wanted.data.fd = descriptor;
        return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &wanted) == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    private void Drain()
    {
        ulong count;
        _ = read(_wake, &count, sizeof(ulong));
    }
}
