using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>The file <c>slots</c> of a store, made when the first program needs an execution slot: a header page with leases, then a word a slot.</summary>
internal static class SlotFile
{
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Name => "slots\0"u8;

    /// <summary>Opens the file, and makes it in stores that have none yet.</summary>
    /// <param name="store">A store that this process may change.</param>
    /// <param name="slots">The slots; this process holds a lease.</param>
    internal static Errno TryOpen(Store store, out ExecutionSlots? slots)
    {
        slots = null;
        int root = store.Directories.Root;
        int descriptor = Posix.OpenAt(root, Name, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        if (descriptor == -ENOENT)
        {
            // Whole or not at all: a second maker's file is dropped, a killed one's has no name.
            int made = StoreBuilder.Publish(root, Name, Content(store.ExecutionSlots), 0x180);
            descriptor = made < 0 ? made : Posix.OpenAt(root, Name, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
        }

        if (descriptor < 0)
            return (Errno)(-descriptor);
        Errno failure = Check(descriptor, store.ExecutionSlots);
        MappedFile? file = null;
        if (failure == Errno.None)
            failure = MappedFile.TryMap(descriptor, LengthFor(store.ExecutionSlots), writable: true, out file);
        if (failure != Errno.None)
        {
            _ = Posix.Close(descriptor);
            return failure;
        }

        ExecutionSlots opened = new(file!, descriptor, store.Id, store.ExecutionSlots);
        failure = opened.Leases.TryTake(out _);
        if (failure == Errno.None)
            slots = opened;
        else
            opened.RemoveUser();
        return failure;
    }

    private static int LengthFor(int slots) =>
        ExecutionSlots.WordsOffset + (((slots * ExecutionSlots.WordStride) + 4095) & ~4095);

    private static byte[] Content(int slots)
    {
        byte[] bytes = new byte[LengthFor(slots)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Version);
        return bytes;
    }

    /// <summary>A second name or another owner: it is not the file that we made, and to write to it could change somebody's file elsewhere.</summary>
    private static Errno Check(int descriptor, int slots)
    {
        int result = Posix.Stat(descriptor, out FileStatus status);
        if (result < 0)
            return (Errno)(-result);
        Span<byte> version = stackalloc byte[4];
        return status.IsRegular && status.Links == 1 && status.User == Posix.EffectiveUser() && status.Length >= LengthFor(slots)
            && Posix.Read(descriptor, version, 0) == 4 && BinaryPrimitives.ReadUInt32LittleEndian(version) == Version
            ? Errno.None
            : Errno.EINVAL;
    }
}
