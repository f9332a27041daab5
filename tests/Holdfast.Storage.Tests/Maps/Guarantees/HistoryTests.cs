using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Commands of racing processes on single keys take effect one after the other, each between its start and its end.</summary>
[Collection(nameof(Alone))]
public class HistoryTests(ITestOutputHelper output)
{
    private const int Processes = 3;
    private static readonly int Commands = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_HISTORY"), out int commands) ? commands : 20_000;

    [Theory]
    [InlineData("hash")]
    [InlineData("durable hash")]
    [InlineData("hash of words")]
    [InlineData("percpu_hash")]
    [InlineData("lpm_trie")]
    [InlineData("array")]
    [InlineData("durable array")]
    public void What_racing_processes_see_happened_in_some_order(string name)
    {
        MapSubject subject = MapSubjects.Of(name);
        using TestMap map = subject.Create();
        string pin = map.Pin("m"), ledgerPath = map.Temporary.Root + "/ledger";
        using Ledger ledger = new(ledgerPath);
        Process[] processes = [.. Enumerable.Range(0, Processes).Select(number => Child.Start(
            nameof(ChildScenarios.RecordHistory), map.Temporary.StorePath, pin, ledgerPath, $"{map.Temporary.Root}/history-{number}", $"{number}", $"{Commands}"))];
        foreach (Process process in processes)
        {
            if (process.StandardOutput.ReadLine() != "ready")
                Assert.Fail(process.StandardError.ReadToEnd());
        }

        ledger.IsRunning = true;
        int stops = InterruptUntilDone(processes);
        foreach (Process process in processes)
            Assert.Equal(0, Child.Finish(process).Exit);
        HistoryEvent[][] histories = [.. Enumerable.Range(0, Processes).Select(number => File.ReadLines($"{map.Temporary.Root}/history-{number}").Select(HistoryEvent.Parse).ToArray())];
        HistoryEvent[] events = [.. histories.SelectMany(history => history)];
        int overlaps = 0;
        foreach (IGrouping<uint, HistoryEvent> ofKey in events.GroupBy(item => item.Key))
        {
            HistoryEvent[] sorted = [.. ofKey.OrderBy(item => item.Start)];
            long lastEnd = 0;
            foreach (HistoryEvent item in sorted)
            {
                overlaps += item.Start < lastEnd ? 1 : 0;
                lastEnd = Math.Max(lastEnd, item.End);
            }

            string? flaw = History.Check([.. histories.Select(history => history.Where(item => item.Key == ofKey.Key).ToArray())], 0);
            Assert.True(flaw is null, flaw);
        }

        // Of those who insert into nothing at once, one does: each success is of another time of the key.
        int inserted = events.Count(item => item.Command == "insert" && item.Result == 0), late = events.Count(item => item.Command == "insert" && item.Result == -(int)Errno.EEXIST);
        output.WriteLine($"{name}: {Processes} processes, {events.Length} commands, {overlaps} of them at the same time as another on their key; {inserted} inserted, {late} came too late; {stops} stops in the middle of something");
        Assert.True(overlaps >= stops / 4 && overlaps >= events.Length / 1000, $"{overlaps} of {events.Length} commands began during another on their key, after {stops} stops: the histories prove nothing");
    }

    /// <summary>
    /// Stops one process after the other wherever it is, mostly inside of a command, while the others go on: on two processors
    /// commands of a microsecond hardly ever overlap by themselves. Who holds a lock then is waited for.
    /// </summary>
    private static int InterruptUntilDone(Process[] processes)
    {
        Random random = new(11);
        int stops = 0;
        for (; !Array.TrueForAll(processes, process => process.HasExited); stops++)
        {
            Process process = processes[random.Next(processes.Length)];
            if (process.HasExited)
                continue;
            Child.Signal(process, stops: true);
            Pause(random.Next(20, 300));
            Child.Signal(process, stops: false);
            Pause(random.Next(10, 100));
        }

        return stops;
    }

    private static void Pause(int microseconds)
    {
        long end = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1_000_000 * microseconds);
        while (Stopwatch.GetTimestamp() < end)
            Thread.Yield();
    }

    /// <summary>The checker itself finds what can't be.</summary>
    [Fact]
    public void An_impossible_history_is_found()
    {
        HistoryEvent first = new(0, 10, 1, "insert", 5, 0, 0), second = new(5, 15, 1, "insert", 6, 0, 0);
        Assert.NotNull(History.Check([[first], [second]], 0));
        Assert.Null(History.Check([[first], [second with { Result = -(int)Errno.EEXIST }]], 0));
        Assert.NotNull(History.Check([[first], [new(20, 30, 1, "lookup", 0, -(int)Errno.ENOENT, 0)]], 0));
        Assert.Null(History.Check([[first], [new(5, 30, 1, "lookup", 0, -(int)Errno.ENOENT, 0)]], 0));
        Assert.NotNull(History.Check([[first], [new(11, 12, 1, "set", 7, 0, 0), new(20, 30, 1, "lookup", 0, 0, 5)]], 0));
    }
}
