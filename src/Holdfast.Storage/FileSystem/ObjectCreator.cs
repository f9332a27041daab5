using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Makes an object's file. Its id is claimed by creating the file; the header comes last, and before it nobody takes the file for an
/// object. A creator that is killed on the way leaves an unlocked file without a header, with at most its own references: any sweep removes both.
/// </summary>
internal ref struct ObjectCreator
{
    private const int Creation = 0x180;
    private static readonly int Flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;

    private readonly Store _store;
    private readonly ObjectDefinition _definition;
    private readonly bool _mayRefer;
    private ObjectKey _key;
    private int _descriptor;
    private bool _refers;
    private FileIdentity _identity;
    private QuotaHold? _hold;

    internal ObjectCreator(Store store, ObjectDefinition definition)
    {
        _store = store;
        _definition = definition;
        _mayRefer = definition.MayRefer || definition.References.Count > 0;
        _descriptor = -1;
    }

    internal bool TryCreate([NotNullWhen(true)] out ObjectFile? file, [NotNullWhen(false)] out StorageError? error)
    {
        file = null;
        error = Refusal();
        if (error is not null)
            return false;
        _store.Reclaimer.RetryOne();
        // Before the object is there: an older library must not sweep what refers to things in ways that it can't see.
        if ((_store.State!.ObjectIncompat & _definition.Incompat) != _definition.Incompat)
            _store.State.NoteIncompat(_definition.Incompat);
        error = _store.Ledger.Begin(Length, out _hold);
        if (error is not null)
            return false;
        int result = Claim();
        if (result < 0)
        {
            _store.Ledger.Cancel(_hold);
            error = StorageErrors.Call(result, $"create a {_definition.Kind} in {_store.Path}");
            return false;
        }

        Span<byte> header = stackalloc byte[ObjectHeaderLayout.ReadLength];
        result = Fill(header);
        if (result < 0)
        {
            error = StorageErrors.Call(result, $"create a {_definition.Kind} in {_store.Path}");
            Abandon();
            return false;
        }

        _store.Ledger.End(_hold);
        if (_refers)
            _store.References!.LeaveShared();
        file = new ObjectFile(_store, _descriptor, ObjectAccess.ReadWrite, new ObjectHeader(header), _identity);
        return true;
    }

    private readonly StorageError? Refusal()
    {
        if (_store.WhyReadOnly is { } why)
            return StorageErrors.Of(why.Errno, $"cannot create in {_store.Path}: {why.Message}; choose a store of your own with --store");

        if (_definition.DataLength is < 0 or > long.MaxValue / 2)
            return StorageErrors.Of(Errno.EFBIG, "the object's data is larger than a file can be");
        if (_definition.Sections.Count > ObjectHeaderLayout.SectionCapacity || _definition.KindWords.Length > ObjectHeaderLayout.KindWordCount)
            return StorageErrors.Of(Errno.E2BIG, "too many sections or words for one object");
        foreach (ObjectFile target in _definition.References)
        {
            if (!target.IsOf(_store))
                return ReferenceChange.ForeignTarget(_store, target.Key);
        }

        return null;
    }

    /// <summary>Creates the file under an id of its own and locks it.</summary>
    private int Claim()
    {
        int directory = _store.Directories.Of(_definition.Kind);
        Span<byte> buffer = stackalloc byte[16];
        while (true)
        {
            _key = new ObjectKey(_definition.Kind, _store.State!.NextId(_definition.Kind));
            _descriptor = Posix.OpenAt(directory, _key.FileName(buffer), Flags, Creation);
            if (_descriptor == -EEXIST)
                continue;
            if (_descriptor < 0)
                return _descriptor;

            // A sweep may have found the file before it was locked, and have taken it for a dead creator's.
            int result = OfdLock.TryShared(_descriptor, OfdLock.LivenessByte);
            FileStatus status = default;
            if (result == 0)
                result = Posix.Stat(_descriptor, out status) is int error and < 0 ? error : status.Links == 0 ? -EAGAIN : 0;
            _identity = new FileIdentity(status.Device, status.Inode);
            if (result == 0)
                return 0;
            _ = Posix.Close(_descriptor);
            if (result != -EAGAIN)
                return result;
        }
    }

    private int Fill(scoped Span<byte> header)
    {
        WriteFixed(header);
        int result = WriteSections(header);
        if (result == 0 && _definition.SnapshotLength > 0)
            result = Posix.Truncate(_descriptor, Length);
        if (result == 0 && _definition.InitializeData is not null)
            result = -(int)_definition.InitializeData(_descriptor);
        if (result == 0 && _definition.References.Count > 0)
            result = WriteReferences();
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.ChecksumOffset..], ObjectHeaderCodec.Checksum(header));
        return result < 0 ? result : Posix.Write(_descriptor, header, 0);
    }

    private readonly void WriteFixed(scoped Span<byte> header)
    {
        ObjectHeaderLayout.Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.VersionOffset..], ObjectHeaderLayout.Version);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ObjectHeaderLayout.IncompatOffset..], _definition.Incompat);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.KindOffset..], (uint)_key.Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.IdOffset..], _key.Id);
        _ = _store.Id.TryWriteBytes(header[ObjectHeaderLayout.StoreIdOffset..]);
        ulong now = (ulong)(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        BinaryPrimitives.WriteUInt64LittleEndian(header[ObjectHeaderLayout.CreatedOffset..], now);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ObjectHeaderLayout.CreatedBootTimeOffset..], Posix.BootTime());
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.UserOffset..], _store.Owner);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.FlagsOffset..], (uint)(_mayRefer ? ObjectFlags.MayRefer : ObjectFlags.None));
        BinaryPrimitives.WriteUInt64LittleEndian(header[ObjectHeaderLayout.DataOffsetOffset..], (ulong)ObjectHeaderLayout.DataOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ObjectHeaderLayout.DataLengthOffset..], (ulong)_definition.DataLength);
        MemoryMarshal.Write(header[ObjectHeaderLayout.NameOffset..], _definition.Name);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.AttributesLengthOffset..], (uint)_definition.Attributes.Length);
        _definition.Attributes.Span.CopyTo(header[ObjectHeaderLayout.AttributesOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[ObjectHeaderLayout.SectionCountOffset..], (uint)_definition.Sections.Count);
        _ = _store.BootId.TryWriteBytes(header[ObjectHeaderLayout.BootIdOffset..]);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ObjectHeaderLayout.InodeOffset..], _identity.Inode);
        for (int index = 0; index < _definition.KindWords.Length; index++)
        {
            Span<byte> word = header[(ObjectHeaderLayout.KindWordsOffset + (index * sizeof(ulong)))..];
            BinaryPrimitives.WriteUInt64LittleEndian(word, _definition.KindWords.Span[index]);
        }
    }

    /// <summary>Where the variable sections begin.</summary>
    private readonly long Start => ObjectHeaderLayout.DataOffset + RoundUp(_definition.DataLength, ObjectHeaderLayout.PageLength);

    private readonly long SectionBytes
    {
        get
        {
            long total = 0;
            foreach ((_, ReadOnlyMemory<byte> bytes) in _definition.Sections)
                total += RoundUp(bytes.Length, sizeof(ulong));
            return total;
        }
    }

    /// <summary>The length that the file has for good.</summary>
    private readonly long Length => _definition.SnapshotLength == 0 ? Start + SectionBytes
        : RoundUp(Start + SectionBytes, ObjectHeaderLayout.PageLength) + _definition.SnapshotLength;

    /// <summary>Sets the file's length and writes the variable sections behind the data, in one write.</summary>
    private readonly int WriteSections(scoped Span<byte> header)
    {
        long start = Start;
        long total = SectionBytes;
        if (total > Array.MaxLength)
            return -EFBIG;
        byte[] all = total == 0 ? [] : new byte[total];
        int position = 0;
        Span<byte> entry = header[ObjectHeaderLayout.SectionsOffset..];
        foreach ((ObjectSectionKind kind, ReadOnlyMemory<byte> bytes) in _definition.Sections)
        {
            bytes.Span.CopyTo(all.AsSpan(position));
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], ObjectHeaderCodec.ChecksumOf(bytes.Span));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ulong)(start + position));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], (ulong)bytes.Length);
            entry = entry[ObjectHeaderLayout.SectionLength..];
            position += (int)RoundUp(bytes.Length, sizeof(ulong));
        }

        return total == 0 ? Posix.Truncate(_descriptor, start) : Posix.Write(_descriptor, all, start);
    }

    /// <summary>Links the targets below <c>refs</c>. The lock stays held until the header is written.</summary>
    private int WriteReferences()
    {
        Errno errno = _store.References!.EnterShared();
        if (errno != Errno.None)
            return -(int)errno;
        _refers = true;
        foreach (ObjectFile target in _definition.References)
        {
            int result = ReferenceNames.Add(_store, _key, target);
            if (result < 0)
                return result;
        }

        return 0;
    }

    /// <summary>Takes everything back; the file has no header, so nobody has taken it for an object.</summary>
    private readonly void Abandon()
    {
        if (_refers)
        {
            ReferenceNames.RemoveAll(_store, _key, released: null);
            _store.References!.LeaveShared();
        }

        _ = Posix.Unlink(_store.Directories.Of(_key.Kind), _key.FileName(stackalloc byte[16]));
        _store.Ledger.Cancel(_hold);
        _ = Posix.Close(_descriptor);
    }

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;
}
