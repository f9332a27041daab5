using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Inner;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage;

/// <summary>The entries of a map of maps and the references on inner maps that they stand for.</summary>
public static class InnerMapSlots
{
    /// <summary>Puts a map into a slot of an array of maps, or empties it.</summary>
    /// <param name="store">The outer map's store.</param>
    /// <param name="outer">The outer map's object.</param>
    /// <param name="slots">The outer map, mapped for writing.</param>
    /// <param name="index">The slot.</param>
    /// <param name="inner">The map, or null to empty the slot.</param>
    /// <returns>Null, or why not; then the slot is as it was.</returns>
    public static StorageError? Change(Store store, ObjectKey outer, ArrayOfMapsMap slots, uint index, ObjectFile? inner)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(slots);
        return ReferenceSlots.Change(store, outer, ObjectKind.Map, slots, index, inner);
    }

    /// <summary>Puts a map into a hash of maps.</summary>
    /// <param name="store">The outer map's store.</param>
    /// <param name="outer">The outer map's object.</param>
    /// <param name="hash">The outer map, mapped for writing.</param>
    /// <param name="key">The key.</param>
    /// <param name="inner">The map.</param>
    /// <param name="flags">Only create, only replace, or either.</param>
    /// <returns>Null, or why not; then the entry is as it was.</returns>
    public static StorageError? Update(Store store, ObjectKey outer, HashMap hash, byte[] key, ObjectFile inner, UpdateFlags flags)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(hash);
        ArgumentNullException.ThrowIfNull(inner);
        byte[] id = BitConverter.GetBytes(inner.Key.Id);
        return ReferenceSlots.Change(store, outer, ObjectKind.Map, inner, Exchange(hash, key, () => hash.Update(key, id, flags)), held => IsHeld(hash, held));
    }

    /// <summary>Deletes from a hash of maps.</summary>
    /// <param name="store">The outer map's store.</param>
    /// <param name="outer">The outer map's object.</param>
    /// <param name="hash">The outer map, mapped for writing.</param>
    /// <param name="key">The key.</param>
    /// <returns>Null, or why not.</returns>
    public static StorageError? Delete(Store store, ObjectKey outer, HashMap hash, byte[] key)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(hash);
        return ReferenceSlots.Change(store, outer, ObjectKind.Map, null, Exchange(hash, key, () => hash.Delete(key)), held => IsHeld(hash, held));
    }

    /// <summary>Reads which maps a map of maps holds, without mapping it.</summary>
    /// <param name="descriptor">The outer map's file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="maps">Receives the inner maps.</param>
    /// <returns>Whether all could be read.</returns>
    public static bool TryReadMaps(int descriptor, ObjectHeader header, ISet<ObjectKey> maps)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(maps);
        return header.ReadAttributes<MapObjectAttributes>().Type switch
        {
            MapType.ArrayOfMaps => ReferenceSlots.TryReadArray(descriptor, header, ObjectKind.Map, maps),
            MapType.HashOfMaps => TryReadHash(descriptor, header, maps),
            _ => false,
        };
    }

    /// <summary>Nobody else changes the map's entries meanwhile: what was there is what the change replaces.</summary>
    private static ReferenceSlots.Exchange Exchange(HashMap hash, byte[] key, Func<int> change) => (out uint previous) =>
    {
        byte[] found = new byte[sizeof(uint)];
        previous = hash.Lookup(key, found) == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(found) : 0;
        int result = change();
        return result == 0 ? null : new StorageError((Errno)(-result), "the entry can't be written");
    };

    /// <summary>Where it can't be told, the reference stays, and is a collector's.</summary>
    private static bool IsHeld(HashMap hash, uint id) =>
        hash.ReadEntries((_, value) => BinaryPrimitives.ReadUInt32LittleEndian(value) == id ? Errno.EEXIST : Errno.None) != Errno.None;

    private static bool TryReadHash(int descriptor, ObjectHeader header, ISet<ObjectKey> maps)
    {
        MapAttributes shape = MapShape.Of(header.ReadAttributes<MapObjectAttributes>());
        if (MapGeometry.TryCompute(shape, out long length, out _) != Errno.None || length != header.DataLength)
            return false;
        HashLayout layout = HashLayout.For(shape);
        byte[] word = new byte[sizeof(uint)];
        if (Posix.Read(descriptor, word, header.DataOffset + HashAllocator.FreshOffset) != word.Length)
            return false;
        long used = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(word), layout.Capacity);
        int stride = (int)layout.Stride, perPiece = Math.Max(1, (1 << 16) / stride);
        byte[] piece = new byte[Math.Min(used, perPiece) * stride];
        for (long index = 0; index < used;)
        {
            // Elements that lie one after the other.
            long run = Math.Min(layout.Placement.RunOf((uint)index), Math.Min(perPiece, used - index));
            Span<byte> wanted = piece.AsSpan(0, (int)run * stride);
            if (Posix.Read(descriptor, wanted, header.DataOffset + layout.ElementsOffset + layout.Placement.OffsetOf((uint)index)) != wanted.Length)
                return false;
            index += run;
            for (int at = 0; at < wanted.Length; at += stride)
            {
                uint state = BinaryPrimitives.ReadUInt32LittleEndian(wanted[(at + StateOffset)..]);
                uint id = BinaryPrimitives.ReadUInt32LittleEndian(wanted[(at + (int)layout.ValueOffset)..]);
                // Entries, and what a dead writer left on its way in or out: the latter errs to the side of keeping.
                if (id != 0 && (state == HashElement.Linked || (state & HashElement.CountsAsEntry) != 0))
                    maps.Add(new ObjectKey(ObjectKind.Map, id));
            }
        }

        return true;
    }

    private const int StateOffset = 12; // of HashElement.State
}
