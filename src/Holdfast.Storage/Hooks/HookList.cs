using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Hooks;

/// <summary>
/// A hook's list of programs in shared memory. There are two lists, and one word, the revision, that says which counts: a change fills the
/// other one and then stores the next revision. So a list is seen whole, before a change or after it, and a writer that dies before that
/// store has changed nothing, whatever is in the other list.
/// </summary>
public sealed unsafe class HookList : IDisposable
{
    // A change takes microseconds of system calls, a copy less than one: more tries than a few are another process's malice.
    private const int MostTries = 1000;

    private readonly MappedFile _file;
    private readonly byte* _data;

    private HookList(MappedFile file)
    {
        _file = file;
        _data = file.Base + ObjectHeaderLayout.DataOffset;
    }

    /// <summary>The revision now: one load. It changes with each change of the list.</summary>
    public ulong Revision
    {
        get
        {
            ulong revision = Volatile.Read(ref *(ulong*)(_data + HookLayout.RevisionOffset));
            GC.KeepAlive(this);
            return revision;
        }
    }

    /// <summary>Maps a hook's list for reading.</summary>
    /// <param name="hook">The hook, open.</param>
    /// <param name="list">The list.</param>
    /// <param name="error">Why not.</param>
    /// <returns>Whether it is mapped.</returns>
    public static bool TryMap(ObjectFile hook, out HookList? list, out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(hook);

        // A description of its own: a mapping keeps the lock of the one that it was made through.
        list = null;
        Errno failure = hook.TryReopen(writable: false, out int descriptor);
        if (failure == Errno.None)
        {
            failure = TryMap(descriptor, writable: false, out list);
            _ = Posix.Close(descriptor);
        }

        error = failure == Errno.None ? null : StorageErrors.Call(-(int)failure, $"map hook {hook.Key.Id}");
        return error is null;
    }

    /// <summary>Copies the list.</summary>
    /// <param name="slots">Receives it; <see cref="HookLayout.MostSlots"/> long.</param>
    /// <param name="count">Entries.</param>
    /// <param name="revision">The revision that it is of.</param>
    /// <returns>False if it changed all the time.</returns>
    public bool TryRead(Span<HookSlot> slots, out int count, out ulong revision)
    {
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            revision = Revision;
            byte* list = _data + HookLayout.ListOf(revision);

            // Shared: bounded here, at its only use.
            count = (int)Math.Min(Volatile.Read(ref *(uint*)list), (uint)slots.Length);
            for (int index = 0; index < count; index++)
            {
                ulong pair = Volatile.Read(ref *(ulong*)(list + HookLayout.EntriesOffset + (index * sizeof(ulong))));
                slots[index] = new HookSlot((uint)pair, (uint)(pair >> 32));
            }

            // Not before the copy: a list is filled anew two revisions later.
            Volatile.ReadBarrier();
            if (Revision == revision)
                return true; // and the mapping was there until now
        }

        (count, revision) = (0, 0);
        return false;
    }

    /// <summary>Reads the list of a file without mapping it, by the same rules.</summary>
    internal static bool TryRead(int descriptor, Span<HookSlot> slots, out int count, out ulong revision)
    {
        Span<byte> page = stackalloc byte[HookLayout.DataLength];
        Span<byte> again = stackalloc byte[sizeof(ulong)];
        for (int attempt = 0; attempt < MostTries; attempt++)
        {
            if (Posix.Read(descriptor, page, ObjectHeaderLayout.DataOffset) != page.Length
                || Posix.Read(descriptor, again, ObjectHeaderLayout.DataOffset + HookLayout.RevisionOffset) != again.Length)
                break;
            revision = BinaryPrimitives.ReadUInt64LittleEndian(page[HookLayout.RevisionOffset..]);
            if (BinaryPrimitives.ReadUInt64LittleEndian(again) != revision)
                continue;
            ReadOnlySpan<byte> list = page[HookLayout.ListOf(revision)..];
            count = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(list), (uint)slots.Length);
            for (int index = 0; index < count; index++)
            {
                ulong pair = BinaryPrimitives.ReadUInt64LittleEndian(list[(HookLayout.EntriesOffset + (index * sizeof(ulong)))..]);
                slots[index] = new HookSlot((uint)pair, (uint)(pair >> 32));
            }

            return true;
        }

        (count, revision) = (0, 0);
        return false;
    }

    /// <summary>Maps the list of a file, whose length is checked.</summary>
    internal static Errno TryMap(int descriptor, bool writable, out HookList? list)
    {
        Errno failure = MappedFile.TryMap(descriptor, HookLayout.MappedLength, writable, out MappedFile? file);
        list = file is null ? null : new HookList(file);
        return failure;
    }

    /// <summary>Changes the list. The caller holds the hook's lock.</summary>
    internal void Publish(ReadOnlySpan<HookSlot> slots)
    {
        ulong next = Revision + 1;
        byte* list = _data + HookLayout.ListOf(next);

        // Nobody reads this list: a death up to the last store here changes nothing.
        *(uint*)list = (uint)Math.Min(slots.Length, HookLayout.MostSlots);
        for (int index = 0; index < slots.Length && index < HookLayout.MostSlots; index++)
            *(ulong*)(list + HookLayout.EntriesOffset + (index * sizeof(ulong))) = slots[index].Link | ((ulong)slots[index].Program << 32);

        // The turning point; a death after it leaves nothing to do.
        Volatile.Write(ref *(ulong*)(_data + HookLayout.RevisionOffset), next);
    }

    /// <summary>A new hook's data: written out, so that no hole is left that a full file system could not fill.</summary>
    internal static Errno Initialize(int descriptor)
    {
        byte[] page = new byte[HookLayout.DataLength];
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(HookLayout.RevisionOffset), HookLayout.FirstRevision);
        return (Errno)(-Posix.Write(descriptor, page, ObjectHeaderLayout.DataOffset));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
