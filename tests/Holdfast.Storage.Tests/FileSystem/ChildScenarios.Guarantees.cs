using System.Diagnostics;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.PerCpu;
using Holdfast.Storage.Tests.Maps;
using Holdfast.Storage.Tests.Maps.Guarantees;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Processes of the tests of maps' guarantees.</content>
public static partial class ChildScenarios
{
    /// <summary>subject, gate: runs operations when told, while it is watched.</summary>
    public static void RunSteps(string[] arguments) => SteppedProcess.Serve(MapSubjects.Of(arguments[0]), arguments[1]);

    /// <summary>store, pin, subject, ledger, number: puts numbered records into a stream, and notes before and after.</summary>
    public static void PutUntilKilled(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        StreamSubject subject = (StreamSubject)MapSubjects.Of(arguments[2]);
        using Ledger ledger = new(arguments[3]);
        uint number = uint.Parse(arguments[4], CultureInfo.InvariantCulture);
        Console.WriteLine("ready");
        while (true)
        {
            // One more than what was begun last: a predecessor may have died before its record or after it.
            ulong counter = ledger.Begun(number) + 1;
            ledger.Begin(number, counter);
            while (!subject.Put(map.Shared, subject.Record(((number + 1ul) << 48) | counter)))
            {
                Child.EndIfOrphaned();
                Thread.Yield();
            }

            Child.EndIfOrphaned();
            ledger.Complete(number, counter);
        }
    }

    /// <summary>store, pin, ledger, history, number, count: random commands on few keys, and when each began and ended.</summary>
    public static void RecordHistory(string[] arguments)
    {
        using Store store = Open(arguments[0]);
        using TestMap map = TestMap.Open(store, arguments[1]);
        using Ledger ledger = new(arguments[2]);
        ulong number = ulong.Parse(arguments[4], CultureInfo.InvariantCulture);
        int count = int.Parse(arguments[5], CultureInfo.InvariantCulture);
        SharedMap shared = map.Shared;
        Random random = new((int)number);
        byte[] read = new byte[shared.ValueBufferSize];
        string[] commands = shared is ArrayMap ? ["lookup", "set"] : shared is HashMap or PerCpuHash ? ["lookup", "delete", "take", "insert", "replace", "set"] : ["lookup", "delete", "insert", "replace", "set"];
        HistoryEvent[] events = new HistoryEvent[count];
        Console.WriteLine("ready");
        ledger.Rest();
        for (int at = 0; at < count; at++)
        {
            uint key = (uint)random.Next(3);
            string command = commands[random.Next(commands.Length)];
            ulong value = command is "insert" or "replace" or "set" ? (number << 32) + (ulong)at + 1 : 0, found = 0;
            byte[] keyBytes = Torture.Key(shared, key), bytes = SelfVerifying.Value(shared.ValueBufferSize, key, value);
            long start = Stopwatch.GetTimestamp();
            int result = command switch
            {
                "lookup" => shared.Lookup(keyBytes, read),
                "delete" => shared.Delete(keyBytes),
                "take" => shared.LookupAndDelete(keyBytes, read),
                "insert" => shared.Update(keyBytes, bytes, UpdateFlags.NoExist),
                "replace" => shared.Update(keyBytes, bytes, UpdateFlags.Exist),
                _ => shared.Update(keyBytes, bytes, UpdateFlags.Any),
            };
            long end = Stopwatch.GetTimestamp();
            if (command is "lookup" or "take" && result == 0 && read.AsSpan().ContainsAnyExcept((byte)0))
                found = SelfVerifying.Read(read, key) ?? throw new InvalidOperationException($"key {key} is torn: {Convert.ToHexString(read)}");

            // An element of an array is there from the start, as zeros.
            if (shared is ArrayMap && command == "lookup" && found == 0)
                result = -(int)Errno.ENOENT;
            events[at] = new(start, end, key, command, value, result, found);
        }

        File.WriteAllLines(arguments[3], events.Select(item => item.ToString()));
    }
}
