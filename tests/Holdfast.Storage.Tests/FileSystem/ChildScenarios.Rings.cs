using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps.Perf;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Storage.Tests.Maps;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Writers of rings.</content>
public static unsafe partial class ChildScenarios
{
    /// <summary>store, pin: reserves a record and waits to be killed.</summary>
    public static void HoldRecord(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        Assert.True(((RingBufferMap)map.Shared).Reserve(100) != null);
        Console.WriteLine("ready");
        Child.WaitToBeKilled();
    }

    /// <summary>store, pin: reads a perf event array and waits to be killed.</summary>
    public static void HoldEvents(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        Assert.Equal(Errno.None, ((PerfArrayMap)map.Shared).TryRead(4096, () => { }, out _));
        Console.WriteLine("ready");
        Child.WaitToBeKilled();
    }

    /// <summary>store, pin, ledger, writer number, seed: writes records until killed.</summary>
    public static void RingWriter(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        using Ledger ledger = new(arguments[2]);
        uint number = uint.Parse(arguments[3], CultureInfo.InvariantCulture);
        Random random = new(int.Parse(arguments[4], CultureInfo.InvariantCulture));
        RingBufferMap ring = (RingBufferMap)map.Shared;
        byte* data = stackalloc byte[700];
        while (true)
        {
            Child.EndIfOrphaned();
            // One more than what was begun last: a predecessor may have died before its record or after it.
            ulong counter = ledger.Begun(number) + 1;
            int size = 8 + random.Next(random.Next(10) == 0 ? 600 : 40);
            bool copied = random.Next(2) == 0;
            byte* record = copied ? data : Reserve(ring, (ulong)size);
            if (!copied && random.Next(8) == 0)
            {
                ring.Commit(record, 0, discard: true);
                continue;
            }

            ledger.Begin(number, counter);
            new Span<byte>(record, size).Fill((byte)counter);
            *(ulong*)record = ((ulong)number << 48) | counter;
            if (!copied)
                ring.Commit(record, 0, discard: false);
            else
                while (ring.Output(data, (ulong)size, 0) == -(int)Errno.EAGAIN)
                    Thread.Yield();
            ledger.Complete(number, counter);
        }
    }

    /// <summary>store, pin, count: writes so many numbered records, faster and slower than a reader reads; tells how often the ring was full.</summary>
    public static void RingFlood(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        long count = long.Parse(arguments[2], CultureInfo.InvariantCulture), full = 0;
        RingBufferMap ring = (RingBufferMap)map.Shared;
        Random random = new(1);
        long* record = stackalloc long[2];
        for (long number = 0; number < count; number++)
        {
            record[0] = number;
            while (ring.Output((byte*)record, 16, 0) == -(int)Errno.EAGAIN)
            {
                full++;
                Thread.Yield();
            }

            // Around what a reader needs to fall asleep.
            if (number % 64 == 0)
                Thread.SpinWait(random.Next(400));
            if (number % 20_000 == 0)
                Thread.Sleep(1);
        }

        Console.WriteLine(full);
        Console.In.Read();
    }

    private static byte* Reserve(RingBufferMap ring, ulong size)
    {
        byte* record = ring.Reserve(size);
        while (record == null)
        {
            Thread.Yield();
            record = ring.Reserve(size);
        }

        return record;
    }
}
