using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage;

/// <summary>
/// The slots of a prog array and the references that they stand for, which are one thing to everybody else. The order keeps each
/// death between two steps harmless: a reference is there before its slot, and goes after it. Whoever dies on the way leaves a
/// reference that no slot stands for, never a slot without its program; <see cref="TryReadPrograms"/> is how a collector tells.
/// </summary>
public static class ProgArraySlots
{
    /// <summary>Puts a program into a slot, or empties it.</summary>
    /// <param name="store">The array's store.</param>
    /// <param name="array">The array's object.</param>
    /// <param name="slots">The array, mapped for writing.</param>
    /// <param name="index">The slot.</param>
    /// <param name="program">The program, or null to empty the slot.</param>
    /// <returns>Null, or why not; then the slot is as it was.</returns>
    public static StorageError? Change(Store store, ObjectKey array, ProgArrayMap slots, uint index, ObjectFile? program)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(slots);
        if (!store.TryBeginReferenceChange(array, out ReferenceChange? change, out StorageError? error))
            return error;
        using (change)
        {
            if (program is not null && change.Add(program) is { } refused)
                return refused;
            Errno failure = slots.Exchange(index, program?.Key.Id ?? 0, out uint previous);
            if (failure != Errno.None)
            {
                if (program is not null && !IsHeld(slots, program.Key.Id))
                    _ = change.Remove(program.Key);
                return new StorageError(failure, $"slot {index} can't be written");
            }

            // One reference stands for all slots of a program. The slot is changed already: a reference that can't be dropped is a collector's.
            if (previous != 0 && previous != program?.Key.Id && !IsHeld(slots, previous))
                _ = change.Remove(new ObjectKey(ObjectKind.Program, previous));
            return null;
        }
    }

    /// <summary>Reads which programs are in an array's slots, without mapping it.</summary>
    /// <param name="descriptor">The array's file.</param>
    /// <param name="header">Its header.</param>
    /// <param name="programs">Receives the programs.</param>
    /// <returns>Whether all slots could be read.</returns>
    public static bool TryReadPrograms(int descriptor, ObjectHeader header, ISet<ObjectKey> programs)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(programs);
        MapObjectAttributes map = header.ReadAttributes<MapObjectAttributes>();
        MapAttributes shape = MapShape.Of(map);
        if (map.Type != MapType.ProgArray || MapGeometry.TryCompute(shape, out long length, out _) != Errno.None || length != header.DataLength)
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
                    programs.Add(new ObjectKey(ObjectKind.Program, id));
            }
        }

        return true;
    }

    private static bool IsHeld(ProgArrayMap slots, uint program)
    {
        for (uint index = 0; index < slots.Attributes.MaxEntries; index++)
        {
            if (slots.ProgramAt(index) == program)
                return true;
        }

        return false;
    }
}
