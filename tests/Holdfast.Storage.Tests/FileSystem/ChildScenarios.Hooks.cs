using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Hooks.</content>
public static partial class ChildScenarios
{
    /// <summary>user, store: counts hooks as another user, and opens one that isn't there.</summary>
    public static void LookForHooksAsUser(string[] arguments)
    {
        Child.BecomeUser(arguments[0]);
        if (!Store.TryOpen(arguments[1], new StoreOptions { Create = false }, out Store? store, out StorageError? error))
        {
            Console.WriteLine(error);
            return;
        }

        using (store)
        {
            bool isFound = store.TryOpenById(new ObjectKey(ObjectKind.Hook, 1), ObjectAccess.ReadOnly, out _, out error);
            Console.WriteLine($"{store.Ids(ObjectKind.Hook).Count} hooks, {(isFound ? Errno.None : error!.Errno)}");
        }
    }
}
