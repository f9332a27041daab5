using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>What a user does where another one has set traps.</content>
public static partial class ChildScenarios
{
    /// <summary>user, store, whether a store that others may write is asked for: opens or makes the store and creates a map in it.</summary>
    public static void CreateAsUser(string[] arguments)
    {
        Child.BecomeUser(arguments[0]);
        StoreOptions options = new() { AllowWritableByOthers = bool.Parse(arguments[2]) };
        if (!Store.TryOpen(arguments[1], options, out Store? store, out StorageError? error))
        {
            Console.WriteLine($"{error.Errno} {error.Message}");
            return;
        }

        using (store)
        using (TemporaryStore.Create(store, TemporaryStore.Map()))
            Console.WriteLine(Errno.None);
    }

    /// <summary>user, store, directory, operation …: changes mounts.</summary>
    public static void MountAsUser(string[] arguments)
    {
        Child.BecomeUser(arguments[0]);
        using Store store = Open(arguments[1]);
        foreach (string operation in arguments[3..])
        {
            StorageError? error = operation switch
            {
                "mount" => store.Bpffs.Mount(arguments[2], new BpffsOptions { Mode = 0x1FF }),
                "remount" => store.Bpffs.Remount(arguments[2], new BpffsOptions { ReadOnly = true }),
                _ => store.Bpffs.Unmount(arguments[2]),
            };
            Console.WriteLine($"{operation}:{error?.Errno ?? Errno.None}");
        }
    }
}
