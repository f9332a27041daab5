using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage;

/// <summary>The slots of a prog array and the references on programs that they stand for.</summary>
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
        return ReferenceSlots.Change(store, array, ObjectKind.Program, slots, index, program);
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
        return header.ReadAttributes<MapObjectAttributes>().Type == MapType.ProgArray
            && ReferenceSlots.TryReadArray(descriptor, header, ObjectKind.Program, programs);
    }
}
