using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// How long an operation takes whose lock a dead process holds, beside the same one with nothing locked, in the same run: less than 50 ms more,
/// not counting the time in which the waiter had no processor.
/// </summary>
[Collection(nameof(Alone))]
public class DeadHolderTests(ITestOutputHelper output)
{
    private const int Rounds = 40;
    private static readonly TimeSpan Promise = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData("hash", "insert")]
    [InlineData("durable hash", "insert")]
    [InlineData("array", "insert")]
    [InlineData("percpu_hash", "insert")]
    [InlineData("lru_hash", "insert")]
    [InlineData("lpm_trie", "insert")]
    [InlineData("hash of locks", "replace the last under its lock")]
    [InlineData("array of locks", "replace the last under its lock")]
    [InlineData("queue", "push")]
    [InlineData("stack_trace", "delete")]
    public void Who_waits_for_the_dead_goes_on_at_once(string name, string operation)
    {
        MapSubject subject = MapSubjects.Of(name);
        using SteppedProcess process = new(subject, $"/dev/shm/holdfast-gate-{Guid.NewGuid():N}");
        using TestMap map = subject.Create();
        subject.Fill(map.Shared);
        List<byte[]> images = process.Run(map, map.Pin("m"), operation);
        using TestMap grave = subject.Create();
        List<double> free = [], held = [];
        Wait worstFree = default, worstHeld = default;
        for (int round = 0; round < Rounds; round++)
        {
            // Nothing locked, and one state after another in which the dead one held something.
            worstFree = worstFree.Or(Time(subject, grave, images[0], operation, free));
            worstHeld = worstHeld.Or(Time(subject, grave, images[1 + (round % Math.Max(1, images.Count - 2))], operation, held));
        }

        free.Sort();
        held.Sort();
        output.WriteLine(
            $"{name}, {operation}: nothing locked {free[Rounds / 2]:F3} ms (median), worst {worstFree}; after a death {held[Rounds / 2]:F3} ms, {held[Rounds / 2] / free[Rounds / 2]:F1} times, worst {worstHeld}, {held[^1] / free[^1]:F1} times");
        Assert.True(worstHeld.Net < worstFree.Net + Promise, $"{worstHeld} after a death, {worstFree} with nothing locked");
    }

    private static Wait Time(MapSubject subject, TestMap grave, byte[] image, string operation, List<double> times)
    {
        grave.Poke(ObjectHeaderLayout.LeaseTableOffset - ObjectHeaderLayout.DataOffset, image);
        grave.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, CurrentBoot.Id.ToByteArray());
        using TestMap view = grave.Again();
        Action run = subject.Operations[operation](view.Shared);
        WaitClock clock = WaitClock.Start();
        run();
        Wait wait = clock.Read();
        times.Add(wait.Net.TotalMilliseconds);
        return wait;
    }
}
