using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Both sides of a queue, to be killed.</content>
public static partial class ChildScenarios
{
    /// <summary>store, pin, log, number: pushes numbers of its own and notes each after its push.</summary>
    public static void QueueProducer(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        using FileStream log = new(arguments[2], FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        ulong number = ulong.Parse(arguments[3], CultureInfo.InvariantCulture) << 32;
        byte[] value = new byte[QueueMapTests.ValueSize];
        Console.WriteLine("ready");
        while (true)
        {
            Child.EndIfOrphaned();
            SelfVerifying.Fill(value, 1, ++number);
            while (map.Shared.Update([], value, UpdateFlags.Any) == -(int)Errno.E2BIG)
                Thread.Yield();
            log.Write(BitConverter.GetBytes(number));
        }
    }

    /// <summary>store, pin, log, number: pops and notes what it got.</summary>
    public static void QueueConsumer(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        using FileStream log = new(arguments[2], FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        byte[] value = new byte[QueueMapTests.ValueSize];
        Console.WriteLine("ready");
        while (true)
        {
            Child.EndIfOrphaned();
            if (map.Shared.LookupAndDelete([], value) != 0)
            {
                Thread.Yield();
                continue;
            }

            ulong number = SelfVerifying.Read(value, 1) ?? throw new InvalidOperationException($"torn: {Convert.ToHexString(value)}");
            log.Write(BitConverter.GetBytes(number));
        }
    }
}
