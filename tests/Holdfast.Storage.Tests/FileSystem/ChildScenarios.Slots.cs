using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

public static partial class ChildScenarios
{
    /// <summary>Holds all execution slots of a store until it is killed. One thread can't hold two, so the words are written as a holder would.</summary>
    public static void HoldSlots(string[] arguments)
    {
        if (!Store.TryOpen(arguments[0], new StoreOptions(), out Store? store, out StorageError? error)
            || !store.TryOpenSlots(out ExecutionSlots? slots, out error))
        {
            throw new InvalidOperationException(error.Message);
        }

        for (int slot = 0; slot < slots.Count; slot++)
            Volatile.Write(ref slots.WordOf(slot), slots.Leases.Lease);
        Console.WriteLine("held");
        Child.WaitToBeKilled();
    }
}
