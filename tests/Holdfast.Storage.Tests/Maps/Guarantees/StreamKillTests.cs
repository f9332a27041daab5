using System.Diagnostics;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// Processes that put numbered records into a stream are killed at random. Every record whose putting was completed comes out, whole and
/// once; of what was begun by the dead, at most the last. <c>HOLDFAST_TORTURE</c> sets the number of kills of each kind.
/// </summary>
[Collection(nameof(Alone))]
public class StreamKillTests(ITestOutputHelper output)
{
    private const int Writers = 2;
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_TORTURE"), out int kills) ? kills : 10;

    [Theory]
    [InlineData("queue")]
    [InlineData("stack")]
    [InlineData("ringbuf")]
    [InlineData("user_ringbuf")]
    [InlineData("perf_event_array")]
    public void Killing_those_who_put_in_loses_nothing_that_was_put_in(string name)
    {
        StreamSubject subject = (StreamSubject)MapSubjects.Of(name);
        using TestMap map = subject.Create();
        string pin = map.Pin("m"), ledgerPath = map.Temporary.Root + "/ledger";
        using Ledger ledger = new(ledgerPath);
        HashSet<ulong>[] taken = [.. Enumerable.Range(0, Writers).Select(_ => new HashSet<ulong>())];
        Process?[] writers = new Process?[Writers];
        Wait longest = default;
        Random random = new();
        ledger.IsRunning = true;
        IDisposable? taking = subject.StartTaking(map.Shared);
        for (int killed = 0; killed < Kills; killed++)
        {
            for (int number = 0; number < Writers; number++)
                writers[number] ??= Start(map, pin, subject, ledgerPath, number);
            int victim = random.Next(Writers);
            long until = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1000 * random.Next(1, 10));
            int before = taken[victim].Count;
            while (Stopwatch.GetTimestamp() < until || taken[victim].Count == before)
                Take(subject, map, taken);
            writers[victim]!.Kill();
            writers[victim]!.WaitForExit();
            Assert.Equal(128 + 9, writers[victim]!.ExitCode);
            writers[victim]!.Dispose();
            writers[victim] = null;
            WaitClock clock = WaitClock.Start();
            Take(subject, map, taken);
            longest = longest.Or(clock.Read());

            // Of a stack what is deepest comes last, when nobody puts in any more.
            ulong completed = ledger.Completed((uint)victim);
            while (!Contains(taken[victim], completed))
                Take(subject, map, taken);
        }

        foreach (Process? writer in writers)
        {
            writer?.Kill();
            writer?.WaitForExit();
            writer?.Dispose();
        }

        Take(subject, map, taken);
        taking?.Dispose();
        long gaps = 0;
        for (uint number = 0; number < Writers; number++)
        {
            ulong begun = ledger.Begun(number);
            Assert.All(taken[number], counter => Assert.InRange(counter, 1ul, begun));
            gaps += (long)begun - taken[number].Count;
        }

        output.WriteLine($"torture: {name}: {Kills} kills, {taken.Sum(set => set.Count)} records, {gaps} begun and not put in, longest wait {longest}");
        Assert.InRange(gaps, 0, Kills + Writers);
        using TestMap view = map.Again();
        subject.CheckAllUsable(view);
    }

    private static bool Contains(HashSet<ulong> taken, ulong counter) => counter == 0 || taken.Contains(counter);

    private static void Take(StreamSubject subject, TestMap map, HashSet<ulong>[] taken) => subject.TakeAll(map.Shared, record =>
    {
        ulong number = subject.NumberOf(record);
        Assert.True(taken[(number >> 48) - 1].Add(number & 0xffff_ffff_ffff), $"{number:x} came twice");
    });

    private static Process Start(TestMap map, string pin, MapSubject subject, string ledger, int number)
    {
        Process writer = Child.Start(nameof(ChildScenarios.PutUntilKilled), map.Temporary.StorePath, pin, subject.Name, ledger, $"{number}");
        if (writer.StandardOutput.ReadLine() != "ready")
            Assert.Fail($"a writer ended by itself: {writer.StandardError.ReadToEnd()}");
        return writer;
    }
}
