using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Backup;

/// <summary>Copies a map that holds programs or maps, while its entries change.</summary>
/// <param name="source">The map's store.</param>
/// <param name="file">The map.</param>
/// <param name="from">Its memory.</param>
/// <param name="to">The copy's.</param>
/// <param name="members">Receives what the copy holds, open.</param>
internal readonly struct MemberCopy(Store source, ObjectFile file, SharedMap from, SharedMap to, List<ObjectFile> members)
{
    /// <summary>What a kind of map holds; none if it holds plain values.</summary>
    public static ObjectKind KindOf(MapType type) => type switch
    {
        MapType.ProgArray => ObjectKind.Program,
        MapType.ArrayOfMaps or MapType.HashOfMaps => ObjectKind.Map,
        _ => ObjectKind.None,
    };

    /// <summary>Copies all entries.</summary>
    /// <param name="entries">Receives their number.</param>
    public Errno Run(out long entries)
    {
        entries = 0;
        if (to is ProgArrayMap programs)
        {
            Errno errno = ProgArrayMap.ReadOwner(file.Descriptor, file.Header.DataOffset, out ulong sort);
            if (errno != Errno.None)
                return errno;
            if (sort != 0)
                _ = programs.TryOwn(sort);
        }

        MemberCopy copy = this;
        long count = 0;
        Errno result = from.ReadEntries((key, value) => copy.CopyEntry(key, BinaryPrimitives.ReadUInt32LittleEndian(value), ref count));
        entries = count;
        return result;
    }

    /// <summary>A member is held from here on, so that it can be copied too. One that goes before it is held has left its entry: that is read again.</summary>
    private Errno CopyEntry(ReadOnlySpan<byte> key, uint id, ref long count)
    {
        ObjectKind kind = KindOf(to.Attributes.Type);
        ObjectFile? held = null;
        uint missed = 0;
        Span<byte> found = stackalloc byte[sizeof(uint)];
        while (id != 0 && id != missed && !source.TryOpenById(new ObjectKey(kind, id), ObjectAccess.ReadOnly, out held, out _))
        {
            missed = id;
            id = from.Lookup(key, found) == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(found) : 0;
        }

        if (held is null)
            return Errno.None;
        members.Add(held);
        count++;
        if (to is IdArrayMap slots)
            return slots.Exchange(BinaryPrimitives.ReadUInt32LittleEndian(key), id, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(found, id);
        return (Errno)(-to.Update(key, found, UpdateFlags.Any));
    }
}
