using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Memory;

/// <summary>
/// A private, validated copy of an object's header: the file's own bytes are another process's to change, this copy isn't.
/// The words that change are a snapshot of the moment of reading.
/// </summary>
public sealed class ObjectHeader
{
    // Most of a header is room that is not used. What is kept is the fixed fields with the attributes and the sections, if there are any, which copies of
    // the same header share; and the words that change.
    private readonly byte[] _immutable;
    private readonly byte[] _words;

    /// <summary>Copies bytes that <see cref="ObjectHeaderCodec"/> has validated.</summary>
    /// <param name="bytes"><see cref="ObjectHeaderLayout.ReadLength"/> of them.</param>
    internal ObjectHeader(ReadOnlySpan<byte> bytes)
        : this(bytes[..UsedLength(bytes)].ToArray(), WordsOf(bytes))
    {
    }

    private ObjectHeader(byte[] immutable, ReadOnlySpan<byte> words) => (_immutable, _words) = (immutable, words.ToArray());

    /// <summary>Kind and id.</summary>
    public ObjectKey Key => new((ObjectKind)ReadUInt32(ObjectHeaderLayout.KindOffset), ReadUInt32(ObjectHeaderLayout.IdOffset));

    /// <summary>The store that made the object.</summary>
    public Guid StoreId => new(_immutable.AsSpan(ObjectHeaderLayout.StoreIdOffset, 16));

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created => DateTimeOffset.UnixEpoch.AddTicks((long)(ReadUInt64(ObjectHeaderLayout.CreatedOffset) / 100));

    /// <summary>When it was made, in nanoseconds since boot (what <c>load_time</c> tells), of the boot that it was made in.</summary>
    public ulong CreatedBootTime => ReadUInt64(ObjectHeaderLayout.CreatedBootTimeOffset);

    /// <summary>The user who made it.</summary>
    public uint User => ReadUInt32(ObjectHeaderLayout.UserOffset);

    /// <summary>Flags that hold for the object's whole life.</summary>
    public ObjectFlags Flags => (ObjectFlags)ReadUInt32(ObjectHeaderLayout.FlagsOffset);

    /// <summary>Where the data begins in the file.</summary>
    public long DataOffset => (long)ReadUInt64(ObjectHeaderLayout.DataOffsetOffset);

    /// <summary>Bytes of data; check against the file's length before mapping.</summary>
    public long DataLength => (long)ReadUInt64(ObjectHeaderLayout.DataLengthOffset);

    /// <summary>The object's name.</summary>
    public ObjectName Name => MemoryMarshal.Read<ObjectName>(_immutable.AsSpan(ObjectHeaderLayout.NameOffset));

    /// <summary>Number of variable sections.</summary>
    public int SectionCount => (int)ReadUInt32(ObjectHeaderLayout.SectionCountOffset);

    /// <summary>Whether BPF_MAP_FREEZE had been called when the header was read.</summary>
    public bool IsFrozen => ReadUInt32(ObjectHeaderLayout.FrozenOffset) != 0;

    /// <summary>The boot in which the object was made, or a map last made whole.</summary>
    public Guid BootId => new(Bytes(ObjectHeaderLayout.BootIdOffset)[..16]);

    /// <summary>Whether the last closer had given the object up.</summary>
    internal bool IsDead => ReadUInt32(ObjectHeaderLayout.StateOffset) == ObjectHeaderLayout.Dead;

    /// <summary>Inode number of the file as its maker saw it, 0 if it didn't say. A copy of the file has another: to be believed only where it is compared.</summary>
    internal ulong Inode => ReadUInt64(ObjectHeaderLayout.InodeOffset);

    /// <summary>Unknown features here mean a newer library.</summary>
    internal ObjectFeatures Features => new(
        ReadUInt64(ObjectHeaderLayout.CompatOffset),
        ReadUInt64(ObjectHeaderLayout.ReadOnlyCompatOffset),
        ReadUInt64(ObjectHeaderLayout.IncompatOffset));

    /// <summary>The kind's attributes as the record that wrote them; bytes that an older writer didn't write are zero.</summary>
    /// <typeparam name="T">One of the attribute records, blittable.</typeparam>
    /// <returns>The record.</returns>
    public T ReadAttributes<T>()
        where T : unmanaged
    {
        T result = default;
        int length = Math.Min((int)ReadUInt32(ObjectHeaderLayout.AttributesLengthOffset), Unsafe.SizeOf<T>());
        _immutable.AsSpan(ObjectHeaderLayout.AttributesOffset, length).CopyTo(MemoryMarshal.AsBytes(new Span<T>(ref result)));
        return result;
    }

    /// <summary>Where a variable section is.</summary>
    /// <param name="index">0 to <see cref="SectionCount"/> − 1.</param>
    /// <returns>The section.</returns>
    public ObjectSection Section(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SectionCount);
        ReadOnlySpan<byte> entry = _immutable.AsSpan(ObjectHeaderLayout.SectionsOffset + (index * ObjectHeaderLayout.SectionLength));
        return new ObjectSection(
            (ObjectSectionKind)BinaryPrimitives.ReadUInt32LittleEndian(entry),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
            (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
            (long)BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
    }

    /// <summary>Reads the first section of a kind from the object's file, checked against its checksum.</summary>
    /// <param name="descriptor">The file.</param>
    /// <param name="kind">Which section.</param>
    /// <param name="bytes">A private copy; empty if the object has no such section.</param>
    /// <returns>Whether it is whole.</returns>
    public bool TryReadSection(int descriptor, ObjectSectionKind kind, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = [];
        for (int index = 0; index < SectionCount; index++)
        {
            ObjectSection section = Section(index);
            if (section.Kind != kind)
                continue;
            // Of a size that the file has: a length that somebody made up must not be allocated.
            bytes = Posix.Stat(descriptor, out FileStatus status) == 0 && section.Offset <= status.Length - section.Length
                ? GC.AllocateUninitializedArray<byte>((int)section.Length)
                : null;
            if (bytes is not null && (Posix.Read(descriptor, bytes, section.Offset) != bytes.Length || ObjectHeaderCodec.ChecksumOf(bytes) != section.Checksum))
                bytes = null;
            break;
        }

        return bytes is not null;
    }

    /// <summary>One of the kind's own words that change, as it was when the header was read.</summary>
    /// <param name="index">0 to 15.</param>
    /// <returns>The word.</returns>
    public ulong KindWord(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ObjectHeaderLayout.KindWordCount);
        return ReadUInt64(ObjectHeaderLayout.KindWordsOffset + (index * sizeof(ulong)));
    }

    /// <summary>
    /// A copy of bytes that hold the same header as this one, but maybe for the words that change; null if they don't. What this one has
    /// no copy of must be zero.
    /// </summary>
    /// <param name="bytes"><see cref="ObjectHeaderLayout.ReadLength"/> of them.</param>
    internal ObjectHeader? With(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(_immutable) || bytes[_immutable.Length..ObjectHeaderLayout.ImmutableLength].ContainsAnyExcept((byte)0))
            return null;
        ReadOnlySpan<byte> words = WordsOf(bytes);
        return words.SequenceEqual(_words) ? this : new ObjectHeader(_immutable, words);
    }

    /// <summary>Whether both are of one object: all that never changes is the same.</summary>
    internal bool IsSameObject(ObjectHeader other) =>
        _immutable.AsSpan().SequenceEqual(other._immutable);

    private static int UsedLength(ReadOnlySpan<byte> bytes)
    {
        int sections = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.SectionCountOffset..]);
        return sections == 0
            ? ObjectHeaderLayout.AttributesOffset + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[ObjectHeaderLayout.AttributesLengthOffset..])
            : ObjectHeaderLayout.SectionsOffset + (sections * ObjectHeaderLayout.SectionLength);
    }

    private static ReadOnlySpan<byte> WordsOf(ReadOnlySpan<byte> bytes) => bytes[ObjectHeaderLayout.ImmutableLength..ObjectHeaderLayout.ReadLength];

    private ReadOnlySpan<byte> Bytes(int offset) =>
        offset < ObjectHeaderLayout.ImmutableLength ? _immutable.AsSpan(offset) : _words.AsSpan(offset - ObjectHeaderLayout.ImmutableLength);

    private uint ReadUInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(offset));

    private ulong ReadUInt64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(offset));
}
