using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Backup;

/// <summary>
/// Copies one object under its own id. What never changes is copied byte for byte; a map's contents are read entry by entry while others
/// write, each whole, and put into a new map.
/// </summary>
internal readonly struct ObjectCopy(Store source, BackupTarget target)
{
    /// <summary>Copies an object.</summary>
    /// <param name="file">The object, open.</param>
    /// <param name="members">Receives what the copy of a map of programs or maps holds: open, until it is copied itself.</param>
    /// <param name="contents">Counts a map's contents.</param>
    /// <returns>Why it can't be copied; null if it was.</returns>
    public StorageError? Run(ObjectFile file, List<ObjectFile> members, ref ContentCount contents)
    {
        int copy = Posix.OpenAt(target.Directories.Of(file.Key.Kind), file.Key.FileName(stackalloc byte[16]), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
        StorageError? error = copy < 0 ? StorageErrors.Call(copy, $"copy {file.Key} to {target.Path}") : Fill(file, copy, members, ref contents);
        if (copy >= 0)
            _ = Posix.Close(copy);
        return error;
    }

    private StorageError? Fill(ObjectFile file, int copy, List<ObjectFile> members, ref ContentCount contents)
    {
        byte[] header = new byte[ObjectHeaderLayout.ReadLength];
        int result = Posix.Read(file.Descriptor, header, 0);
        if (result >= 0 && ObjectHeaderCodec.Judge(header.AsSpan(0, result)) != ObjectHeaderStatus.Valid)
            return StorageErrors.Of(Errno.EINVAL, $"{file.Key.Kind} {file.Key.Id} is damaged; run holdfast fsck");
        FileStatus status = default;
        if (result >= 0)
            result = Posix.Stat(file.Descriptor, out status);
        if (result >= 0)
            result = Posix.Truncate(copy, status.Length);
        if (result >= 0)
            result = CopySections(file, copy);
        if (result >= 0)
            result = Posix.Write(copy, Renewed(header, copy), 0);
        StorageError? error = result < 0 ? StorageErrors.Call(result, $"copy {file.Key} to {target.Path}") : null;
        if (error is null && file.Key.Kind == ObjectKind.Map)
            error = CopyMap(file, copy, members, ref contents);
        if (error is null && file.Key.Kind == ObjectKind.Hook)
            error = CopyHook(file, copy);

        // Owner before mode: a change of owner may take bits away.
        if (error is null)
            result = Posix.ChangeOwner(copy, status.User, status.Group);
        if (error is null && result >= 0)
            result = Posix.ChangeMode(copy, status.Mode & 0xFFF);
        if (error is null && result >= 0 && KindMark.Read(file.Descriptor) != ObjectKind.None)
            KindMark.Set(copy, file.Key.Kind);
        return error ?? (result < 0 ? StorageErrors.Call(result, $"give {file.Key} in {target.Path} its owner and mode") : null);
    }

    /// <summary>The same object of another store: alive, last made whole in this boot.</summary>
    private byte[] Renewed(byte[] header, int copy)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(ObjectHeaderLayout.InodeOffset), FileIdentity.Of(copy).Inode);
        _ = target.Id.TryWriteBytes(header.AsSpan(ObjectHeaderLayout.StoreIdOffset));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(ObjectHeaderLayout.StateOffset), 0);
        _ = source.BootId.TryWriteBytes(header.AsSpan(ObjectHeaderLayout.BootIdOffset));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(ObjectHeaderLayout.ChecksumOffset), ObjectHeaderCodec.Checksum(header));
        return header;
    }

    private static int CopySections(ObjectFile file, int copy)
    {
        for (int index = 0; index < file.Header.SectionCount; index++)
        {
            ObjectSection section = file.Header.Section(index);
            if (!file.Header.TryReadSection(file.Descriptor, section.Kind, out byte[]? bytes))
                return -(int)Errno.EINVAL;
            int result = Posix.Write(copy, bytes, section.Offset);
            if (result < 0)
                return result;
        }

        return 0;
    }

    /// <summary>The whole list; what of it has no link in the copy goes at the end.</summary>
    private StorageError? CopyHook(ObjectFile file, int copy)
    {
        IReadOnlyList<HookSlot> slots = HookLinks.Read(file, out _);
        Errno errno = HookList.Initialize(copy);
        HookList? list = null;
        if (errno == Errno.None)
            errno = HookList.TryMap(copy, writable: true, out list);
        list?.Publish([.. slots]);
        list?.Dispose();
        return errno == Errno.None ? null : StorageErrors.Call(-(int)errno, $"copy the list of hook {file.Key.Id} to {target.Path}");
    }

    private StorageError? CopyMap(ObjectFile file, int copy, List<ObjectFile> members, ref ContentCount contents)
    {
        MapAttributes shape = MapShape.Of(file.Header.ReadAttributes<MapObjectAttributes>());
        string name = $"{file.Key.Kind} {file.Key.Id}";
        Errno errno = SharedMap.Initialize(copy, shape);
        SharedMap? from = null, to = null;
        if (errno == Errno.None)
            errno = SharedMap.TryOpen(file.Descriptor, shape, file.Header.DataOffset, file.Header.DataLength, file.Access == ObjectAccess.ReadWrite, out from);
        if (errno == Errno.None)
            errno = SharedMap.TryOpen(copy, shape, file.Header.DataOffset, file.Header.DataLength, writable: true, out to);
        using (from)
        using (to)
        {
            if (errno == Errno.None)
            {
                long entries = 0, records = 0;
                errno = from is BloomMap filter ? ((BloomMap)to!).TakeOver(filter)
                    : from is StackTraceMap stacks ? ((StackTraceMap)to!).TakeOver(stacks)
                    : from is RingMap ring ? ((RingMap)to!).TakeOver(ring, out records)
                    : MemberCopy.KindOf(shape.Type) != ObjectKind.None ? new MemberCopy(source, file, from!, to!, members).Run(out entries)
                    : CopyEntries(from!, to!, out entries);
                contents.Entries += entries;
                contents.Records += records;
            }
        }

        return errno == Errno.None ? null : StorageErrors.Call(-(int)errno, $"copy the contents of {name} to {target.Path}");
    }

    /// <summary>
    /// While entries come and go, a walk may meet more than there ever were at once: when the copy is full, what has gone meanwhile leaves it.
    /// </summary>
    private static Errno CopyEntries(SharedMap from, SharedMap to, out long entries)
    {
        long count = 0;
        Errno result = from.ReadEntries((key, value) =>
        {
            int put = to.Update(key, value, UpdateFlags.Any);
            if (put == -(int)Errno.E2BIG && Prune(from, to) > 0)
                put = to.Update(key, value, UpdateFlags.Any);
            count += put == 0 ? 1 : 0;

            // Full, and every entry of it is still there: this one has come since, and is one that comes meanwhile.
            return put is 0 or -(int)Errno.E2BIG ? Errno.None : (Errno)(-put);
        });
        entries = count;
        return result;
    }

    private static int Prune(SharedMap from, SharedMap to)
    {
        List<byte[]> gone = [];
        byte[] buffer = [];
        _ = to.ReadEntries((key, value) =>
        {
            if (buffer.Length < value.Length)
                buffer = new byte[value.Length];
            if (from.Lookup(key, buffer) == -(int)Errno.ENOENT)
                gone.Add(key.ToArray());
            return Errno.None;
        });
        foreach (byte[] key in gone)
            _ = to.Delete(key);
        return gone.Count;
    }
}
