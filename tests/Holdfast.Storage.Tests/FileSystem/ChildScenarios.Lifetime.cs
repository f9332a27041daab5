using System.Globalization;
using System.Net.Sockets;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem.Lifetime;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Lives of real processes.</content>
public static partial class ChildScenarios
{
    /// <summary>store, seed, call number to die before: lives at random until then.</summary>
    public static void LiveAtRandom(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        RandomLife life = new(store, int.Parse(arguments[1], CultureInfo.InvariantCulture));
        int left = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        Posix.Interceptor = _ =>
        {
            if (left-- == 0)
                Child.KillSelf();
        };
        while (true)
            life.Step();
    }

    /// <summary>store: collects, with as many descriptors as the process may have.</summary>
    public static void Collect(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        string limit = File.ReadLines("/proc/self/limits").Single(static line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        Console.WriteLine($"{limit} descriptors, {store.Collector.Collect().FreedInCycles} freed");
    }

    /// <summary>store, socket: receives an object, tells what it is, and holds it until standard input ends.</summary>
    public static void ReceiveAndHold(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(arguments[1]));
        Assert.Equal(Errno.None, DescriptorPassing.TryReceive((int)socket.Handle, out int descriptor));
        Assert.True(ObjectFile.TryAdopt(descriptor, store, out ObjectFile? file, out StorageError? error), error?.ToString());
        Console.WriteLine(file.Key);
        Console.In.ReadToEnd();
        Child.KillSelf();
    }
}
