using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// Sleeping until another process says that there is something to see in an object's file. Who says it writes a byte of the file with
/// <c>pwrite(2)</c>, which stores into its mapping don't do; who waits watches the inode (inotify(7)). So there is nothing besides the
/// file: whoever has the object in whatever way, a pin bind-mounted alone too, has the signal, and the kernel clears up after the dead.
/// </summary>
internal sealed unsafe class FileSignal : IDisposable
{
    private const int MostEvents = 4;
    private const int ReadAtOnce = 4096;

    private readonly int _epoll;
    private readonly int _watch;
    private readonly int _wake;

    private FileSignal(int epoll, int watch, int wake)
    {
        _epoll = epoll;
        _watch = watch;
        _wake = wake;
    }

    /// <summary>What poll(2) and epoll(7) report as readable after a signal or a <see cref="Wake"/>, until <see cref="Clear"/>.</summary>
    internal int Descriptor => _epoll;

    /// <summary>Begins to watch.</summary>
    /// <param name="descriptor">The object's file.</param>
    /// <param name="signal">The result.</param>
    /// <returns>Zero, or the negated error (EMFILE: this user has no inotify instances left).</returns>
    internal static int Create(int descriptor, out FileSignal? signal)
    {
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll < 0)
        {
            signal = null;
            return -Marshal.GetLastPInvokeError();
        }

        int watch = Posix.WatchInode(descriptor), wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        int result = watch < 0 ? watch : wake < 0 ? -Marshal.GetLastPInvokeError() : 0;
        if (result == 0)
            result = Add(epoll, watch);
        if (result == 0)
            result = Add(epoll, wake);
        signal = new FileSignal(epoll, watch, wake);
        if (result == 0)
            return 0;
        signal.Dispose();
        signal = null;
        return result;
    }

    /// <summary>Wakes whoever waits on a file. Bytes: what the byte holds is of no meaning.</summary>
    /// <param name="descriptor">The file, open for writing.</param>
    /// <param name="offset">The byte.</param>
    internal static void Raise(int descriptor, long offset)
    {
        // A failure (an overfull file system can't be one: the byte's page is there) leaves the sleeper to its timeout.
        _ = Posix.Write(descriptor, [1], offset);
    }

    /// <summary>Sleeps until a signal.</summary>
    /// <param name="milliseconds">For how long at most; below zero without end.</param>
    /// <param name="woken">Whether <see cref="Wake"/> ended it.</param>
    internal void Wait(int milliseconds, out bool woken)
    {
        // Safe: the kernel writes at most MostEvents events to this array on our stack.
        epoll_event* events = stackalloc epoll_event[MostEvents];
        int count = epoll_wait(_epoll, events, MostEvents, milliseconds);
        woken = false;
        for (int i = 0; i < count; i++)
            woken |= events[i].data.fd == _wake;
        if (woken)
            Drain(_wake);
        if (count > 0)
            Clear();
    }

    /// <summary>Forgets the signals so far.</summary>
    internal void Clear() => Drain(_watch);

    /// <summary>Ends the present or the next <see cref="Wait"/>.</summary>
    internal void Wake()
    {
        // A full counter (EAGAIN) is a wake-up that nobody has taken yet: as good as ours.
        ulong one = 1;
        _ = write(_wake, &one, sizeof(ulong));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int descriptor in (ReadOnlySpan<int>)[_wake, _watch, _epoll])
        {
            if (descriptor >= 0)
                _ = close(descriptor);
        }
    }

    private static int Add(int epoll, int descriptor)
    {
        epoll_event wanted = new() { events = EPOLLIN };
        wanted.data.fd = descriptor;
        return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &wanted) == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Empties a descriptor that doesn't block. Equal events in a row are one, so one read is enough, and it may leave some.</summary>
    private static void Drain(int descriptor)
    {
        byte* events = stackalloc byte[ReadAtOnce];
        _ = read(descriptor, events, ReadAtOnce);
    }
}
