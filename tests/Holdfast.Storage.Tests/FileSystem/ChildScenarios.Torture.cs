using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Writers to be killed, and readers that watch them.</content>
public static partial class ChildScenarios
{
    /// <summary>store, pin, ledger, writer number, seed: writes until killed.</summary>
    public static void TortureWriter(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        using Ledger ledger = new(arguments[2]);
        uint writer = uint.Parse(arguments[3], CultureInfo.InvariantCulture);
        Random random = new(int.Parse(arguments[4], CultureInfo.InvariantCulture));
        byte[] value = new byte[map.Shared.ValueBufferSize];
        // Once before it counts, so that all code is compiled and the lease is taken.
        Torture.WriteOwn(map.Shared, ledger, Torture.OwnKey(writer, 0), value);
        Torture.WriteShared(map.Shared, 0, 1, value);
        Console.WriteLine("ready");
        for (long round = 0; ; round++)
        {
            Child.EndIfOrphaned();
            ledger.Rest();
            Torture.WriteOwn(map.Shared, ledger, Torture.OwnKey(writer, (uint)random.Next(Torture.KeysOfWriter)), value);
            if (round % 3 == 0)
                Torture.WriteShared(map.Shared, (uint)random.Next(Torture.SharedKeys), (ulong)random.NextInt64(), value);
        }
    }

    /// <summary>store, pin, ledger: reads everything until standard input ends, prints the number of reads.</summary>
    public static void TortureReader(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1], ObjectAccess.ReadOnly);
        Task over = Task.Run(() => Console.In.Read());
        using Ledger ledger = new(arguments[2]);
        ulong[] newest = new ulong[Torture.Keys];
        byte[] value = new byte[map.Shared.ValueBufferSize];
        long reads = 0;
        for (; !over.IsCompleted; reads += Torture.Keys)
        {
            if (!ledger.IsRunning)
                Thread.Sleep(1);
            for (uint key = 0; key < Torture.Keys; key++)
                Torture.CheckRead(map.Shared, key, newest, value);
        }

        Console.WriteLine(reads);
    }
}
