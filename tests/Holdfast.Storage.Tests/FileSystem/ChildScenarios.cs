using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>What child processes do. Arguments and results are text.</summary>
public static partial class ChildScenarios
{
    /// <summary>store, pin: creates a map, pins it, exits.</summary>
    public static void CreateAndPin(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        ObjectFile map = TemporaryStore.Create(store, TemporaryStore.Map());
        Assert.Null(store.Bpffs.Pin(map, arguments[1]));
        Console.WriteLine(map.Key.Id);
    }

    /// <summary>store, pin: gets it and holds it until standard input ends; prints when it has it.</summary>
    public static void GetAndHold(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using ObjectFile file = TemporaryStore.Get(store, arguments[1]);
        Console.WriteLine("held");
        Console.In.ReadToEnd();
    }

    /// <summary>As <see cref="PutUntilKilled"/>, but starts a process that does it, prints its id, and waits to be killed.</summary>
    public static void StartOneWhoPuts(string[] arguments)
    {
        using System.Diagnostics.Process writer = Child.Start(nameof(PutUntilKilled), arguments);
        Assert.Equal("ready", writer.StandardOutput.ReadLine());
        Console.WriteLine(writer.Id);
        Child.WaitToBeKilled();
    }

    /// <summary>store: adopts standard input as an object, prints what it is.</summary>
    public static void AdoptStandardInput(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        Assert.True(ObjectFile.TryAdopt(0, store, out ObjectFile? file, out StorageError? error), error?.ToString());
        Console.WriteLine($"{file.Key} {file.Access}");
    }

    /// <summary>call number to die before, store, operation …: does one operation and is killed in the middle of it.</summary>
    public static void DieWithin(string[] arguments)
    {
        int fatal = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        using Store store = Open(arguments[1]);
        Action operation = KillOperations.Prepare(store, arguments[2]);
        int call = 0;
        Posix.Interceptor = _ =>
        {
            if (call++ == fatal)
                Child.KillSelf();
        };
        operation();
        Posix.Interceptor = null;
        Console.WriteLine(call);

        // Past its last call: the process ends without closing anything properly, as a crash would.
        Child.KillSelf();
    }

    /// <summary>user, store, pin: tries everything that another user might, prints the errors.</summary>
    public static void TryAsUser(string[] arguments)
    {
        Child.BecomeUser(arguments[0]);
        if (!Store.TryOpen(arguments[1], new StoreOptions(), out Store? store, out StorageError? error))
        {
            Console.WriteLine($"open:{error.Errno}");
            return;
        }

        using (store)
        {
            Console.WriteLine($"open:{Errno.None}");
            Console.WriteLine($"create:{(store.TryCreate(TemporaryStore.Map(), out _, out error) ? Errno.None : error.Errno)}");
            foreach (ObjectAccess access in Enum.GetValues<ObjectAccess>())
                Console.WriteLine($"{access}:{TemporaryStore.GetErrno(store, arguments[2], access)}");
            Console.WriteLine($"unpin:{store.Bpffs.Unpin(arguments[2])?.Errno ?? Errno.None}");
            Console.WriteLine($"gc:{store.Collector.Collect().Freed}");
            if (store.Bpffs.TryOpenPinned(arguments[2], ObjectAccess.ReadOnly, out ObjectFile? file, out _))
                Console.WriteLine($"reopen:{file.TryReopen(writable: true, out _)}");
        }
    }

    private static Store Open(string path)
    {
        Assert.True(Store.TryOpen(path, new StoreOptions { SweepBudget = 0 }, out Store? store, out StorageError? error), error?.ToString());
        return store;
    }
}
