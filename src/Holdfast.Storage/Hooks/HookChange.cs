using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Hooks;

/// <summary>
/// The time in which one hook's list changes: nobody else changes it. Its lock is a byte of the hook's file, write-locked through a
/// description of its own, so that a death releases it. It is the innermost lock: nothing is waited for while it is held.
/// </summary>
internal sealed class HookChange : IDisposable
{
    private const int PatienceInMilliseconds = 50;

    private readonly int _descriptor;
    private readonly HookList _list;
    private readonly int _count;

    private HookChange(int descriptor, HookList list, List<HookSlot> slots, ulong revision)
    {
        _descriptor = descriptor;
        _list = list;
        Slots = slots;
        _count = slots.Count;
        Revision = revision;
    }

    /// <summary>The list, to be changed and then published. What lost its link is left out already.</summary>
    internal List<HookSlot> Slots { get; }

    /// <summary>The revision that it had.</summary>
    internal ulong Revision { get; }

    /// <summary>Begins a change.</summary>
    /// <param name="store">The hook's store.</param>
    /// <param name="descriptor">The hook's file, open for writing by a description of its own; owned by the result, closed on failure.</param>
    /// <param name="waits">Whether to wait for whoever changes it; else for a moment only.</param>
    /// <param name="change">The change.</param>
    /// <returns><see cref="Errno.None"/>, or why not.</returns>
    internal static Errno TryBegin(Store store, int descriptor, bool waits, out HookChange? change)
    {
        change = null;
        Errno failure = HookList.TryMap(descriptor, writable: true, out HookList? list);
        if (failure == Errno.None)
            failure = (Errno)(-(waits ? OfdLock.Exclusive(descriptor, OfdLock.HookByte) : TryLock(descriptor)));
        HookSlot[] slots = new HookSlot[HookLayout.MostSlots];
        (int count, ulong revision) = (0, 0);
        if (failure == Errno.None && !list!.TryRead(slots, out count, out revision))
        {
            _ = OfdLock.Release(descriptor, OfdLock.HookByte);
            failure = Errno.EAGAIN; // somebody changes it without the lock
        }

        if (failure == Errno.None)
        {
            change = new HookChange(descriptor, list!, [.. slots.AsSpan(0, count)], revision);
            change.Slots.RemoveAll(slot => IsGone(store, slot));
            return Errno.None;
        }

        list?.Dispose();
        _ = Posix.Close(descriptor);
        return failure;
    }

    /// <summary>Makes the list as it is now the hook's.</summary>
    internal void Publish() => _list.Publish(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Slots));

    /// <summary>The same, if links have been left out.</summary>
    internal void PublishIfShorter()
    {
        if (Slots.Count < _count)
            Publish();
    }

    /// <summary>Where a link is in the list, or −1.</summary>
    internal int IndexOf(uint link) => Slots.FindIndex(slot => slot.Link == link);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Said, not left to the close: a child between fork and exec has a copy of the descriptor.
        _ = OfdLock.Release(_descriptor, OfdLock.HookByte);
        _list.Dispose();
        _ = Posix.Close(_descriptor);
    }

    private static int TryLock(int descriptor)
    {
        long deadline = Environment.TickCount64 + PatienceInMilliseconds;
        while (true)
        {
            int result = OfdLock.TryExclusive(descriptor, OfdLock.HookByte);
            if (result != -(int)Errno.EAGAIN || Environment.TickCount64 > deadline)
                return result;
            Thread.Sleep(1);
        }
    }

    /// <summary>The reference on the program is there before the entry, and goes after it, unless the link was freed by somebody who could not change the list.</summary>
    private static bool IsGone(Store store, in HookSlot slot)
    {
        ReadOnlySpan<byte> name = ReferenceNames.PathOf(new(ObjectKind.Link, slot.Link), new(ObjectKind.Program, slot.Program), stackalloc byte[48]);
        return Posix.StatAt(store.Directories.References, name, follow: false, out _) == -(int)Errno.ENOENT;
    }
}
