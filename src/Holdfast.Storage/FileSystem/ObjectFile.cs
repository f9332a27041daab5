using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// An open object: a descriptor on its file, whose read lock on <see cref="OfdLock.LivenessByte"/> keeps it alive.
/// Disposing closes the descriptor and, if nothing else refers to the object, frees it.
/// </summary>
/// <remarks>There is no finaliser: a descriptor is a reference, and references end when somebody says so or the process ends.</remarks>
public sealed class ObjectFile : IDisposable
{
    private readonly Store? _store;
    private int _descriptor;
    private FileIdentity _identity;

    // Seen at the file itself, not only told by its header.
    private bool _isIdentitySeen;

    internal ObjectFile(Store? store, int descriptor, ObjectAccess access, ObjectHeader header, FileIdentity? identity = null)
    {
        _store = store is not null && header.StoreId == store.Id ? store : null;
        _isIdentitySeen = identity is not null || _store is null || header.Inode == 0;
        _identity = identity ?? (_isIdentitySeen ? FileIdentity.Of(descriptor) : new(_store!.Device, header.Inode));
        _descriptor = descriptor;
        Access = access;
        Header = header;
    }

    /// <summary>The descriptor; −1 once disposed or given away.</summary>
    public int Descriptor => _descriptor;

    /// <summary>What the descriptor may do.</summary>
    public ObjectAccess Access { get; }

    /// <summary>The validated copy of the header.</summary>
    public ObjectHeader Header { get; }

    /// <summary>Kind and id.</summary>
    public ObjectKey Key => Header.Key;

    /// <summary>Bytes that the file takes now.</summary>
    public long AllocatedBytes => Posix.Stat(_descriptor, out FileStatus status) == 0 ? status.Allocated : 0;

    /// <summary>Whether the pins of this object are known to tell their kind (<c>user.bpf.type</c>).</summary>
    internal bool IsKindMarked { get; set; }

    /// <summary>Whether it belongs to a given store. Ids mean something only there: another store's object, a pin that was bind-mounted say, may have the same.</summary>
    /// <param name="store">The store.</param>
    /// <returns>Whether it does.</returns>
    public bool IsOf(Store store) => store is not null && IsOfStore(store);

    private bool IsOfStore(Store store) => ReferenceEquals(_store, store) || Header.StoreId == store.Id;

    /// <summary>Makes an object of a descriptor that came from elsewhere: received over a socket, inherited, duplicated.</summary>
    /// <param name="descriptor">The descriptor; owned by the result on success, left alone on failure.</param>
    /// <param name="store">The store in use, which frees the object at its last close if it is the object's own; may be null.</param>
    /// <param name="file">The object.</param>
    /// <param name="error"><c>EBADF</c>, <c>EINVAL</c> for what is no object, <c>ENOENT</c> for one that is dead.</param>
    /// <returns>Whether it succeeded.</returns>
    public static bool TryAdopt(int descriptor, Store? store, [NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error)
    {
        file = null;
        int flags = Posix.StatusFlags(descriptor);
        if (flags < 0 || (flags & O_PATH) != 0)
        {
            error = StorageErrors.Of(Errno.EBADF, $"descriptor {descriptor} is not open, or only a path");
            return false;
        }

        error = ObjectOpener.Validate(descriptor, AccessOf(flags), $"descriptor {descriptor}", out ObjectHeader? header);
        if (error is not null)
            return false;

        file = new ObjectFile(store, descriptor, AccessOf(flags), header!);
        return true;
    }

    /// <summary>Reads a variable section, checked against the file's length and its checksum.</summary>
    /// <param name="kind">Which section; the first of that kind.</param>
    /// <param name="bytes">A private copy; empty if the object has no such section.</param>
    /// <param name="error"><c>EINVAL</c> if the file was shortened or damaged.</param>
    /// <returns>Whether it succeeded.</returns>
    public bool TryReadSection(ObjectSectionKind kind, [NotNullWhen(true)] out byte[]? bytes, [NotNullWhen(false)] out StorageError? error)
    {
        for (int index = 0; index < Header.SectionCount; index++)
        {
            ObjectSection section = Header.Section(index);
            if (section.Kind != kind)
                continue;
            error = ReadSection(section, out bytes);
            return error is null;
        }

        bytes = [];
        error = null;
        return true;
    }

    /// <summary>Opens the file anew: a description of its own without the liveness lock, for mappings and leases.</summary>
    /// <param name="writable">Whether to write through it; needs write permission on the file, whatever this descriptor allows.</param>
    /// <param name="descriptor">The descriptor, close-on-exec, the caller's to close.</param>
    /// <returns>
    /// <see cref="Errno.None"/>, or why not (<c>EACCES</c>: the receiver of a passed descriptor may only read; <c>EROFS</c>: a newer
    /// version made the object, and this one may only read it).
    /// </returns>
    public Errno TryReopen(bool writable, out int descriptor)
    {
        if (writable && Header.Features.HasUnknownReadOnlyCompat)
        {
            descriptor = -1;
            return Errno.EROFS;
        }

        Span<byte> path = stackalloc byte[32];
        int result = Posix.OpenAt(AT_FDCWD, Posix.ProcessDescriptorPath(_descriptor, path), writable ? O_RDWR : O_RDONLY);
        descriptor = Math.Max(result, -1);
        return result < 0 ? (Errno)(-result) : Errno.None;
    }

    /// <summary>Reads the words that change again.</summary>
    /// <param name="header">The header as it is now.</param>
    /// <returns><see cref="Errno.None"/>, or <c>EINVAL</c> if it is damaged meanwhile.</returns>
    public Errno TryRefresh([NotNull] out ObjectHeader? header)
    {
        ObjectHeaderStatus status = ObjectHeaderCodec.Read(_descriptor, out header, out int failure);
        header ??= Header;
        return status == ObjectHeaderStatus.Valid ? Errno.None : failure != 0 ? (Errno)failure : Errno.EINVAL;
    }

    /// <summary>Marks a map frozen, for ever (BPF_MAP_FREEZE).</summary>
    /// <returns><see cref="Errno.None"/>, or <c>EBADF</c> through a read-only descriptor.</returns>
    public Errno Freeze() => WriteWord(ObjectHeaderLayout.FrozenOffset, [1, 0, 0, 0]);

    /// <summary>Sets one of the kind's own words that change.</summary>
    /// <param name="index">0 to 15.</param>
    /// <param name="value">The value; published by one aligned eight-byte write.</param>
    /// <returns><see cref="Errno.None"/>, or <c>EBADF</c> through a read-only descriptor.</returns>
    public Errno WriteKindWord(int index, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ObjectHeaderLayout.KindWordCount);
        return WriteWord(ObjectHeaderLayout.KindWordsOffset + (index * sizeof(ulong)), BitConverter.GetBytes(value));
    }

    /// <summary>Gives the descriptor away without closing it: to a caller of bpf(2), say. The lock stays with it.</summary>
    /// <returns>The descriptor.</returns>
    public int Detach() => Interlocked.Exchange(ref _descriptor, -1);

    /// <summary>Whether the descriptor still stands for the object's file: it may have been closed behind our back, and its number used again.</summary>
    public bool IsCurrent => IsSameAs(FileIdentity.Of(_descriptor), _descriptor);

    /// <summary>Closes the descriptor; if it was the last reference, the object is freed, and what only it referred to.</summary>
    public void Dispose() => _ = TryClose();

    /// <summary>As <see cref="Dispose"/>, unless the number stands for another file by now, which is left alone.</summary>
    /// <returns>Whether it closed this object.</returns>
    public bool TryClose()
    {
        int descriptor = Detach();
        if (descriptor < 0)
            return false;
        int result = Posix.Stat(descriptor, out FileStatus status);
        if (result < 0 || !IsSameAs(new FileIdentity(status.Device, status.Inode), descriptor))
            return false;
        if (_store is null)
            _ = Posix.Close(descriptor);
        else
            _store.Reclaimer.CloseLast(descriptor, Key, Header.Flags, status);
        return true;
    }

    /// <summary>
    /// Whether a file that a descriptor stands for now is this object's. The header's word for its inode number spares a look at each file that
    /// is opened; where it is wrong (the file is a copy), it is the header that is compared, once.
    /// </summary>
    private bool IsSameAs(FileIdentity now, int descriptor)
    {
        if (now == default)
            return false;
        if (now == _identity)
            return true;
        if (_isIdentitySeen || ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) != ObjectHeaderStatus.Valid || !header!.IsSameObject(Header))
            return false;
        _identity = now;
        _isIdentitySeen = true;
        return true;
    }

    internal static ObjectAccess AccessOf(int statusFlags) => (statusFlags & O_ACCMODE) switch
    {
        _ when (statusFlags & O_DSYNC) != 0 => ObjectAccess.WriteOnly,
        0 => ObjectAccess.ReadOnly,
        _ => ObjectAccess.ReadWrite,
    };

    internal static int FlagsOf(ObjectAccess access) => access switch
    {
        ObjectAccess.ReadOnly => O_RDONLY,
        ObjectAccess.WriteOnly => O_RDWR | O_DSYNC,
        _ => O_RDWR,
    };

    private StorageError? ReadSection(in ObjectSection section, out byte[]? bytes)
    {
        bytes = null;
        int result = Posix.Stat(_descriptor, out FileStatus status);
        if (result < 0)
            return StorageErrors.Call(result, $"look at {Key}");
        if (section.Length > int.MaxValue || section.Offset > status.Length - section.Length)
            return Damaged(section.Kind);
        byte[] copy = GC.AllocateUninitializedArray<byte>((int)section.Length);
        result = Posix.Read(_descriptor, copy, section.Offset);
        if (result < 0)
            return StorageErrors.Call(result, $"read {Key}");
        if (result != copy.Length || ObjectHeaderCodec.ChecksumOf(copy) != section.Checksum)
            return Damaged(section.Kind);
        bytes = copy;
        return null;
    }

    private StorageError Damaged(ObjectSectionKind kind) =>
        StorageErrors.Of(Errno.EINVAL, $"the {kind} section of {Key.Kind} {Key.Id} is damaged; the object can't be used, unpin it");

    private Errno WriteWord(int offset, ReadOnlySpan<byte> bytes) => (Errno)(-Posix.Write(_descriptor, bytes, offset));
}
