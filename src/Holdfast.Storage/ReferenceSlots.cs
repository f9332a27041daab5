using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage;

/// <summary>
/// The slots of a map that holds other objects, and the references that they stand for, which are one thing to everybody else. The order
/// keeps each death between two steps harmless: a reference is there before its slot, and goes after it. Whoever dies on the way leaves
/// a reference that no slot stands for, never a slot without its object; a collector reads the slots to tell.
/// </summary>
internal static class ReferenceSlots
{
    /// <summary>Puts an id into a slot.</summary>
    /// <param name="previous">What the slot held, 0 for nothing.</param>
    /// <returns>Null, or why not; then the slot is as it was.</returns>
    public delegate StorageError? Exchange(out uint previous);

    /// <summary>Puts an object into a slot, or empties it.</summary>
    /// <param name="store">The map's store.</param>
    /// <param name="map">The map's object.</param>
    /// <param name="kind">What slots hold.</param>
    /// <param name="target">The object, or null to empty the slot.</param>
    /// <param name="exchange">Changes the slot.</param>
    /// <param name="isHeld">Whether any slot holds an id.</param>
    /// <returns>Null, or why not; then the slot is as it was.</returns>
    public static StorageError? Change(Store store, ObjectKey map, ObjectKind kind, ObjectFile? target, Exchange exchange, Func<uint, bool> isHeld)
    {
        if (!store.TryBeginReferenceChange(map, out ReferenceChange? change, out StorageError? error))
            return error;
        using (change)
        {
            if (target is not null && change.Add(target) is { } refused)
                return refused;
            if (exchange(out uint previous) is { } failure)
            {
                if (target is not null && !isHeld(target.Key.Id))
                    _ = change.Remove(target.Key);
                return failure;
            }

            // One reference stands for all slots of an object. The slot is changed already: a reference that can't be dropped is a collector's.
            if (previous != 0 && previous != target?.Key.Id && !isHeld(previous))
                _ = change.Remove(new ObjectKey(kind, previous));
            return null;
        }
    }

    /// <summary>As above, for an array.</summary>
    public static StorageError? Change(Store store, ObjectKey map, ObjectKind kind, IdArrayMap slots, uint index, ObjectFile? target) => Change(
        store,
        map,
        kind,
        target,
        (out uint previous) =>
        {
            Errno failure = slots.Exchange(index, target?.Key.Id ?? 0, out previous);
            return failure == Errno.None ? null : new StorageError(failure, $"slot {index} can't be written");
        },
        id => IsHeld(slots, id));

    /// <summary>Reads which objects are in an array's slots, without mapping it.</summary>
    /// <param name="descriptor">The array's file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="kind">What slots hold.</param>
    /// <param name="targets">Receives the objects.</param>
    /// <returns>Whether all slots could be read.</returns>
    public static bool TryReadArray(int descriptor, ObjectHeader header, ObjectKind kind, ISet<ObjectKey> targets)
    {
        MapObjectAttributes map = header.ReadAttributes<MapObjectAttributes>();
        MapAttributes shape = MapShape.Of(map);
        if (MapGeometry.TryCompute(shape, out long length, out _) != Errno.None || length != header.DataLength)
            return false;

        // What no slot was ever written in is a hole of the file, and reads as zeros: empty.
        ArrayLayout layout = ArrayLayout.For(shape);
        long start = header.DataOffset + layout.ElementsOffset;
        long end = start + ((long)layout.Stride * map.MaxEntries);
        byte[] piece = new byte[Math.Min(end - start, 1 << 16)];
        for (long offset = start; offset < end; offset += piece.Length)
        {
            Span<byte> wanted = piece.AsSpan(0, (int)Math.Min(piece.Length, end - offset));
            if (Posix.Read(descriptor, wanted, offset) != wanted.Length)
                return false;
            for (int position = 0; position < wanted.Length; position += (int)layout.Stride)
            {
                uint id = BitConverter.ToUInt32(wanted[position..]);
                if (id != 0)
                    targets.Add(new ObjectKey(kind, id));
            }
        }

        return true;
    }

    private static bool IsHeld(IdArrayMap slots, uint id)
    {
        for (uint index = 0; index < slots.Attributes.MaxEntries; index++)
        {
            if (slots.IdAt(index) == id)
                return true;
        }

        return false;
    }
}
